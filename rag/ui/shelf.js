// The library's panel: says whether it is open, closes on Escape, and names its boxes by what they
// are about. Gradio builds it, and gives each box a tooltip that holds nothing but a hash.
"use strict";
(() => {
  const opener = () => document.querySelector("#shelf > button");

  function dress() {
    const button = opener();
    if (!button) return;
    const open = String(button.classList.contains("open"));
    if (button.getAttribute("aria-expanded") !== open) button.setAttribute("aria-expanded", open);
    document.getElementById("shelf-boxes")?.setAttribute("aria-label", "Documents to ask");
    for (const box of document.querySelectorAll("#shelf-boxes input[title]")) {
      box.removeAttribute("title");
    }
    document.getElementById("scope-line")?.setAttribute("role", "status");
  }

  document.addEventListener("keydown", (event) => {
    const button = opener();
    const inside = event.target.closest?.("#shelf");
    if (event.key !== "Escape" || !inside || !button.classList.contains("open")) return;
    button.click();
    button.focus();
  });

  const what = { childList: true, subtree: true, attributeFilter: ["class", "title"] };
  new MutationObserver(dress).observe(document, what);
})();
