// Makes citations work: a number in an answer leads to its card in the evidence pane, also when
// the pane shows another answer, and the pane leads back. One listener for all of them.
"use strict";
(() => {
  const TARGET = /^#(?:cite-(\d+)-\d+|evidence-(\d+))$/;
  const CALM = matchMedia("(prefers-reduced-motion: reduce)");
  const byId = (id) => document.getElementById(id);

  let followed = null; // the link that was followed last: where Escape leads back to
  let asked = 0; // questions in the conversation
  let shown = 0; // characters in it, to notice that it has grown
  let reading = false; // whether anything was done since the last question appeared
  let verdict = null; // what the form for one said before, while the next is awaited
  let at = null; // what was revealed last
  let awaited = null; // what is to be shown once the server has sent it

  function turnOf(hash) {
    const [, cited, whole] = TARGET.exec(hash);
    return cited || whole;
  }

  function follow(link) {
    const hash = link.getAttribute("href");
    const turn = turnOf(hash);
    followed = link;
    if (byId(`evidence-${turn}`)) {
      reveal(hash);
    } else {
      awaited = hash;
      request(turn);
    }
  }

  // The page's hidden text boxes are how a script tells Gradio something. The moment is added
  // because a box reports only what changes.
  function request(turn) {
    write("wanted", `${turn} ${Date.now()}`);
  }

  function write(id, text) {
    const box = document.querySelector(`#${id} :is(textarea, input)`);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A passage that an address names; the moment as above.
  function passage(name) {
    awaited = "#cite-0-1";
    write("wanted", `${name} ${Date.now()}`);
  }

  window.page = { write, passage };

  function reveal(hash) {
    const card = byId(hash.slice(1));
    if (!card) return;
    awaited = null;
    for (const old of document.querySelectorAll("#evidence .followed")) {
      old.classList.remove("followed");
    }
    for (const link of document.querySelectorAll("#chat a.current")) {
      link.classList.remove("current");
    }
    card.classList.add("followed");
    at = hash;
    for (const link of document.querySelectorAll("#chat a.cite")) {
      link.classList.toggle("current", link.getAttribute("href") === hash);
    }
    go(card, "start");
  }

  // Gradio may build the pane again as it was: then its reader is put back.
  function stay() {
    const card = at && byId(at.slice(1));
    if (!card || card.classList.contains("followed")) return;
    card.classList.add("followed");
    if (document.activeElement === document.body) card.focus({ preventScroll: true });
  }

  function go(element, block) {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block, behavior: CALM.matches ? "auto" : "smooth" });
  }

  function back(hash) {
    const link = followed?.isConnected ? followed : null;
    const place = link || byId(hash.slice(1));
    if (place) go(place, "center");
  }

  async function copy(button) {
    const card = button.closest(".card");
    const quote = [...card.querySelectorAll("blockquote p")]
      .map((part) => [...part.querySelectorAll("mark")].map((mark) => mark.textContent).join(""))
      .filter(Boolean)
      .join("\n\n");
    const part = (selector) => card.querySelector(selector).textContent.trim();
    const reference = [part(".speaker"), part("h4 bdi"), part(".place")].filter(Boolean).join(", ");
    await tell(button, `“${quote}” (${reference})`);
  }

  async function tell(button, text) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  function plain(event) {
    return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cite, a.evidence-link, a.back");
    if (link && event.button === 0) {
      event.preventDefault();
      event.stopPropagation();
      if (link.matches(".back")) back(link.getAttribute("href"));
      else if (TARGET.test(link.getAttribute("href"))) follow(link);
    }
    const judge = event.target.closest?.("a.judge");
    if (judge && event.button === 0) {
      event.preventDefault();
      write("judged", `${judge.getAttribute("href").slice(1)} ${Date.now()}`);
      verdict = outcome();
    }
    const view = event.target.closest?.("a.view-link");
    if (view && plain(event)) {
      event.preventDefault();
      awaited = "#evidence-0";
      write("looked", `${view.getAttribute("href").slice(1)} ${Date.now()}`);
    }
    const place = event.target.closest?.("a.passage-link");
    if (place && plain(event)) {
      event.preventDefault();
      passage(new URL(place.href).searchParams.get("cite"));
    }
    const button = event.target.closest?.("button.copy");
    if (button) copy(button);
    const lasting = event.target.closest?.("a.lasting");
    if (lasting && plain(event)) {
      event.preventDefault();
      tell(lasting, lasting.href);
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    // Enter follows a link by itself; Space does not, and numbers look like buttons.
    if (event.key === " " && event.target.matches?.("a.cite, a.evidence-link, a.back, a.judge, a.accept")) {
      event.preventDefault();
      event.target.click();
    } else if (event.key === "Escape" && event.target.closest?.("#evidence")) {
      const section = event.target.closest(".evidence");
      if (section) back(`#${section.id.replace("evidence", "answer")}`);
    }
  });

  // Gradio builds the page after this runs, and builds parts of it again whenever they change.
  function dress() {
    name("talk", "region", "Conversation");
    name("side", "complementary", "Evidence");
    // Gradio names each message with its own source text, tags included; its content will do.
    for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
      message.removeAttribute("aria-label");
    }
    name("judging-outcome", "status", "Verdict");
    // A list of buttons, says Gradio, but the buttons are no items of it.
    const examples = document.querySelector("#chat .examples[role=list]");
    if (examples) label(examples, "group", "Questions to begin with");
    byId("judging-outcome")?.setAttribute("tabindex", "-1");
    keepInView();
    meetForm();
    stay();
    if (awaited && byId(`evidence-${turnOf(awaited)}`)) reveal(awaited);
  }

  // While an answer grows, its question stays at the top, until its reader goes elsewhere.
  function keepInView() {
    const questions = document.querySelectorAll("#chat .question");
    const grown = byId("chat")?.textContent.length ?? 0;
    if (questions.length !== asked) reading = false;
    const larger = grown > shown;
    [asked, shown] = [questions.length, grown];
    if (larger && asked && !reading) {
      questions[asked - 1].scrollIntoView({ block: "start", behavior: "auto" });
    }
  }

  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    document.addEventListener(kind, () => { reading = true; }, { capture: true, passive: true });
  }

  // The form for a verdict comes from the server and takes the focus; so does word of its end.
  function meetForm() {
    if (verdict === null) return;
    const first = document.querySelector("#judging input[type=radio]");
    if (first?.offsetParent) go(first, "center");
    else if (outcome() && outcome() !== verdict) go(byId("judging-outcome"), "nearest");
    else return;
    verdict = null;
  }

  function outcome() {
    return document.querySelector("#judging-outcome .notice")?.textContent ?? "";
  }

  function name(id, role, words) {
    const element = byId(id);
    if (element && element.getAttribute("role") !== role) label(element, role, words);
  }

  function label(element, role, words) {
    element.setAttribute("role", role);
    element.setAttribute("aria-label", words);
  }

  new MutationObserver(dress).observe(document, { childList: true, subtree: true });
})();
