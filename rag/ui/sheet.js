// The page of a PDF inside its card: the image from the server, a box over each line of the
// quotation, the pages before and after, and a larger view. One page is open at a time.
"use strict";
(() => {
  let open = null; // { card, address } of the page that is open, to lay it again

  const make = (tag, kind, text = "") => Object.assign(
    document.createElement(tag), { className: kind, textContent: text },
  );

  async function show(card, address) {
    open = { card: card.id, address };
    let figure = card.querySelector("figure.sheet");
    if (!figure) {
      figure = make("figure", "sheet");
      figure.append(make("p", "notice", "Drawing the page…"));
    }
    card.querySelector("blockquote").after(figure);
    const said = await look(address);
    if (open?.address !== address || !figure.isConnected) return;
    if (said.lost) miss(figure, said, address);
    else lay(figure, said, address);
  }

  // What the server says of the page, or why it does not come.
  async function look(address) {
    try {
      const reply = await fetch(address);
      return reply.ok ? await reply.json() : { lost: await reply.text() };
    } catch {
      return { lost: "The server does not answer." };
    }
  }

  // In the place of the page; from one that was turned to, the others are still in reach.
  function miss(figure, { lost }, address) {
    const bar = figure.querySelector("figcaption");
    const number = Number(/\/(\d+)\?/.exec(address)[1]);
    const about = { number, pages: Number(bar?.dataset.pages), caption: `Page ${number}` };
    figure.replaceChildren(...(bar ? [tools(figure, about, address)] : []), make("p", "notice", lost));
  }

  function lay(figure, said, address) {
    const page = make("div", "page");
    page.style.aspectRatio = `${said.width} / ${said.height}`;
    const image = Object.assign(new Image(), { src: said.image, alt: said.caption });
    image.addEventListener("error", () => page.replaceChildren(
      make("p", "notice", "The image of this page did not arrive."),
    ));
    page.append(image, ...said.areas.map(box));
    const frame = make("div", "frame");
    frame.tabIndex = 0; // so that keys can scroll what is enlarged
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", said.caption);
    frame.append(page);
    figure.replaceChildren(tools(figure, said, address), frame);
  }

  function box([left, top, right, bottom]) {
    const area = make("span", "area");
    const share = (part) => `${100 * part}%`;
    Object.assign(area.style, {
      left: share(left), top: share(top), width: share(right - left), height: share(bottom - top),
    });
    return area;
  }

  function tools(figure, said, address) {
    const bar = make("figcaption", "");
    const turn = (to, words) => {
      const button = make("button", "turn", words);
      button.type = "button";
      button.disabled = to < 1 || to > said.pages;
      button.addEventListener("click", () => {
        show(figure.closest(".card"), address.replace(/\/\d+\?/, `/${to}?`));
      });
      return button;
    };
    const zoom = make("button", "zoom", "Enlarge");
    zoom.type = "button";
    zoom.disabled = !said.image;
    zoom.setAttribute("aria-pressed", "false");
    zoom.addEventListener("click", () => {
      const large = figure.classList.toggle("large");
      zoom.setAttribute("aria-pressed", String(large));
      figure.querySelector(".area")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    figure.classList.remove("large");
    const caption = make("span", "caption", said.caption);
    caption.setAttribute("role", "status");
    bar.dataset.pages = said.pages;
    bar.append(turn(said.number - 1, "Previous"), turn(said.number + 1, "Next"), zoom, caption);
    return bar;
  }

  function toggle(link) {
    const card = link.closest(".card");
    const shown = card.querySelector("figure.sheet");
    if (shown) {
      shown.remove();
      open = null;
    } else {
      document.querySelector("#evidence figure.sheet")?.remove();
      show(card, link.getAttribute("href"));
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.sheet-link");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    toggle(link);
  }, true);

  // Whoever follows a citation comes to its card, and sees the page at once.
  document.addEventListener("focusin", (event) => {
    const link = event.target.matches?.("#evidence .card") && event.target.querySelector("a.sheet-link");
    if (link && !event.target.querySelector("figure.sheet")) toggle(link);
  });

  // Gradio may build the pane again as it was: then the page is laid again.
  new MutationObserver(() => {
    const card = open && document.getElementById(open.card);
    if (card?.querySelector("a.sheet-link") && !card.querySelector("figure.sheet")) {
      show(card, open.address);
    }
  }).observe(document, { childList: true, subtree: true });
})();
