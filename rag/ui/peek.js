// The card that a citation's number shows while it is pointed at or has the focus. Its words stand
// unseen beside the number; here they get a place in the window, clear of its edges.
"use strict";
(() => {
  const NUMBER = "#chat a.cite";
  const PATIENCE = 250; // milliseconds for the pointer to get from the number to the card
  let card = null;
  let shown = null; // the number whose card it is
  let leaving = 0;

  function show(link) {
    const words = link.nextElementSibling;
    if (!words?.matches(".peek")) return;
    clearTimeout(leaving);
    shown = link;
    card ??= document.querySelector("main").appendChild(document.createElement("div"));
    card.id = "peek";
    card.setAttribute("role", "tooltip");
    card.replaceChildren(...[...words.childNodes].map((node) => node.cloneNode(true)));
    card.hidden = false;
    link.setAttribute("aria-describedby", "peek");
    link.removeAttribute("title"); // one card is enough
    place(link.getBoundingClientRect());
  }

  function place(number) {
    const [wide, high] = [card.offsetWidth, card.offsetHeight];
    const left = Math.min(number.left, innerWidth - wide - 12);
    const below = number.bottom + 8;
    const top = below + high < innerHeight - 8 ? below : number.top - high - 8;
    card.style.left = `${Math.max(12, left)}px`;
    card.style.top = `${Math.max(8, top)}px`;
  }

  function hide() {
    clearTimeout(leaving);
    if (card) card.hidden = true;
  }

  function leave() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, PATIENCE);
  }

  const over = (event, what) => event.target.closest?.(what);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = over(event, NUMBER);
    if (link) show(link);
    else if (over(event, "#peek")) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => { if (over(event, `${NUMBER}, #peek`)) leave(); });
  document.addEventListener("focusin", (event) => {
    const link = over(event, NUMBER);
    if (link?.matches(":focus-visible")) show(link);
    else hide();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("click", hide, true);
  document.addEventListener("scroll", (event) => {
    if (!card || card.hidden || card.contains(event.target)) return;
    const number = shown.getBoundingClientRect();
    if (number.bottom < 0 || number.top > innerHeight) hide();
    else place(number);
  }, true);
})();
