// Makes citations work: a number in an answer leads to its card in the evidence pane, also when
// the pane shows another answer, and the pane leads back. One listener for all of them.
"use strict";
(() => {
  const TARGET = /^#(?:cite-(\d+)-\d+|evidence-(\d+))$/;
  const CALM = matchMedia("(prefers-reduced-motion: reduce)");
  const byId = (id) => document.getElementById(id);

  let followed = null; // the link that was followed last: where Escape leads back to
  let shown = 0; // characters in the conversation, to notice that it has grown
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

  // The page's hidden text box is how a script asks Gradio for something. The moment is added
  // because the box reports only what changes.
  function request(turn) {
    const box = document.querySelector("#wanted textarea, #wanted input");
    box.value = `${turn} ${Date.now()}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

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
    for (const link of document.querySelectorAll("#chat a.cite")) {
      link.classList.toggle("current", link.getAttribute("href") === hash);
    }
    go(card, "start");
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
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(`“${quote}” (${reference})`);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cite, a.evidence-link, a.back");
    if (link && event.button === 0) {
      event.preventDefault();
      event.stopPropagation();
      if (link.matches(".back")) back(link.getAttribute("href"));
      else if (TARGET.test(link.getAttribute("href"))) follow(link);
    }
    const button = event.target.closest?.("button.copy");
    if (button) copy(button);
  }, true);

  document.addEventListener("keydown", (event) => {
    // Enter follows a link by itself; Space does not, and numbers look like buttons.
    if (event.key === " " && event.target.matches?.("a.cite, a.evidence-link, a.back")) {
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
    keepInView();
    if (awaited && byId(`evidence-${turnOf(awaited)}`)) reveal(awaited);
  }

  // While an answer grows, its question stays at the top: reading begins there.
  function keepInView() {
    const questions = document.querySelectorAll("#chat .question");
    const grown = byId("chat")?.textContent.length ?? 0;
    if (grown === shown) return;
    const larger = grown > shown;
    shown = grown;
    if (larger && questions.length) {
      questions[questions.length - 1].scrollIntoView({ block: "start", behavior: "auto" });
    }
  }

  function name(id, role, label) {
    const element = byId(id);
    if (!element || element.getAttribute("role") === role) return;
    element.setAttribute("role", role);
    element.setAttribute("aria-label", label);
  }

  new MutationObserver(dress).observe(document, { childList: true, subtree: true });
})();
