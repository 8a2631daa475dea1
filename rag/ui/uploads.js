// Files added to the library from the page, and how the server is doing: one look at it now and
// then tells of a newer index, of other pages' uploads, and of a server that ended or was started
// anew under this page.
"use strict";
(() => {
  const [SOON, LATER] = [1_000, 10_000]; // milliseconds between two looks, while it works and else
  const make = (tag, kind, text = "") => Object.assign(
    document.createElement(tag), { className: kind, textContent: text },
  );

  let state = null; // what the server said last
  let first = null; // number of the last file that had arrived before this page was opened
  let sending = []; // { name, share, verdict }: what this page sends, or what was not taken
  let removed = []; // { name, key }: what this page took out
  let shown = ""; // what the list was made of
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    const reply = await fetch("/documents").catch(() => null);
    const said = reply?.ok ? await reply.json().catch(() => null) : null;
    if (said) heard(said);
    else if (reply?.status === 401) tell("You are logged out: reload the page to log in again.");
    else tell("The server does not answer. What you asked is kept in this browser.");
    timer = setTimeout(() => { if (!document.hidden) look(); }, working() ? SOON : LATER);
  }

  function heard(said) {
    const before = state;
    state = said;
    if (before?.server !== said.server) first = null;
    first ??= Math.max(0, ...(said.arrivals ?? []).map((each) => each.number));
    if (anew(said.server)) {
      if (before) page.reopen(); // else Gradio has loaded the page again by itself
      const unsent = document.querySelector("#question textarea")?.value;
      const again = unsent ? " What was not answered yet stands in the box again." : "";
      tell(`The server was started anew.${again}`, 15_000);
    } else {
      tell("");
    }
    if (before && before.generation !== said.generation) page.write("renewed", said.generation);
    announce(before?.arrivals ?? []);
    lay();
  }

  // Whether another server answers than when this tab was last told; it may have been reloaded since.
  function anew(server) {
    const known = sessionStorage.getItem("rag:server");
    sessionStorage.setItem("rag:server", server);
    return known !== null && known !== server;
  }

  const working = () => Boolean(state?.doing || sending.some((each) => !each.verdict));

  // One sentence over the page; what is to be read goes by itself only after a while.
  let until = 0;
  function tell(words, lasting = 0) {
    if (!words && Date.now() < until) return;
    until = Date.now() + lasting;
    let note = document.getElementById("server-note");
    if (!note) {
      if (!words) return;
      note = document.querySelector("main").appendChild(make("p", ""));
      note.id = "server-note";
      note.setAttribute("role", "status");
    }
    note.textContent = words;
    note.hidden = !words;
  }

  page.tell = tell;

  // Verdicts that are new, for whoever does not see the list.
  function announce(before) {
    const known = new Set(before.filter((each) => !each.open).map((each) => each.number));
    const fresh = mine().filter((each) => !each.open && !known.has(each.number));
    const status = document.querySelector("#uploads .unseen");
    if (status && fresh.length) {
      status.textContent = fresh.map((each) => `${each.called}: ${each.verdict}`).join("; ");
    }
  }

  const mine = () => (state?.arrivals ?? []).filter((each) => each.number > first || each.open);

  // The panel.

  function lay() {
    const host = document.querySelector("#uploads .host");
    if (!host || state?.largest === undefined) return;
    if (!host.firstChild) host.append(...controls());
    const parts = JSON.stringify([sending, removed, mine(), state.uploaded, state.doing]);
    const list = host.querySelector("ul");
    if (parts === shown && list.firstChild) return;
    shown = parts;
    const held = list.contains(document.activeElement) && document.activeElement.dataset.key;
    list.replaceChildren(...rows());
    if (held) (list.querySelector(`[data-key="${CSS.escape(held)}"]`) ?? host.querySelector(".add")).focus();
  }

  function controls() {
    const zone = make("div", "drop");
    const file = Object.assign(make("input", ""), { type: "file", multiple: true, hidden: true });
    const add = action("Add files", "add", () => file.click());
    file.addEventListener("change", () => { take(file.files); file.value = ""; });
    const most = `${Math.floor(state.largest / 2 ** 20).toLocaleString("en")} MB`;
    zone.append(add, file, make("span", "", `or drop them on the page, up to ${most} each`));
    const status = make("p", "unseen");
    status.setAttribute("role", "status");
    return [zone, status, make("ul", "")];
  }

  function rows() {
    const doing = state.doing ? [make("li", "doing", state.doing)] : [];
    const settled = new Set(mine().map((each) => each.name));
    const others = state.uploaded.filter((name) => !settled.has(name));
    return [
      ...sending.map(sent), ...mine().toReversed().map(arrived), ...doing,
      ...removed.map(taken), ...others.map((name) => row(name, "", [drop(name)])),
    ];
  }

  function row(name, verdict, more = []) {
    const item = make("li", "");
    item.append(make("bdi", "", name), ...more);
    if (verdict) item.append(make("small", "", verdict));
    return item;
  }

  function sent(each) {
    if (each.verdict) {
      const leave = () => { sending = sending.filter((other) => other !== each); };
      const clear = action("Clear", "", () => { leave(); lay(); }, `clear ${each.name}`);
      const again = () => { leave(); take([each.file]); };
      return row(each.name, each.verdict, each.passing
        ? [action("Try again", "", again, `again ${each.name}`), clear] : [clear]);
    }
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: each.share });
    bar.setAttribute("aria-label", `Sending ${each.name}`);
    return row(each.name, `sending, ${Math.floor(100 * each.share)} %`, [bar]);
  }

  const arrived = (each) => row(each.called, each.verdict, each.name && !each.open ? [drop(each.name)] : []);

  function taken(each) {
    const days = `removed; it can be brought back for ${state.days} days`;
    return row(each.name, days, [action("Undo", "", () => bring(each), `undo ${each.name}`)]);
  }

  function drop(name) {
    const button = action("Remove", "", () => remove(name), `remove ${name}`);
    button.setAttribute("aria-label", `Remove ${name}`);
    return button;
  }

  function action(text, kind, act, key = text) {
    const button = make("button", kind, text);
    button.type = "button";
    button.dataset.key = key;
    button.addEventListener("click", act);
    return button;
  }

  // What it does.

  async function remove(name) {
    const said = await ask(`/documents?name=${encodeURIComponent(name)}`, "DELETE");
    if (said.key) removed.unshift({ name, key: said.key });
    await look();
  }

  async function bring(each) {
    const said = await ask(`/documents/restore?key=${encodeURIComponent(each.key)}`, "POST");
    if (said.name) removed = removed.filter((other) => other !== each);
    await look();
  }

  async function ask(address, method) {
    try {
      const said = await (await fetch(address, { method })).json();
      if (said.verdict) tell(said.verdict, 8_000);
      return said;
    } catch {
      tell("The server does not answer.", 8_000);
      return {};
    }
  }

  // One after another, so that none waits for its place.
  let last = Promise.resolve();
  function take(files) {
    for (const file of files) {
      const each = { name: file.name, file, share: 0, verdict: "", passing: false };
      sending.unshift(each);
      if (file.size > state.largest) each.verdict = "not added: it is too large";
      else last = last.then(() => send(each));
    }
    lay();
  }

  function send(each) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/documents?name=${encodeURIComponent(each.name)}`);
      request.upload.addEventListener("progress", (event) => {
        each.share = event.total ? event.loaded / event.total : 0;
        lay();
      });
      request.addEventListener("loadend", () => {
        each.verdict = verdict(request);
        each.passing = !request.status || request.status === 408 || request.status >= 500;
        if (!each.verdict) sending = sending.filter((other) => other !== each);
        look();
        done();
      });
      request.send(each.file);
    });
  }

  function verdict({ status, responseText }) {
    if (!status) return "not added: it could not be sent";
    try {
      return JSON.parse(responseText).verdict;
    } catch {
      return `not added: ${responseText}`;
    }
  }

  const carries = (event) => state?.largest !== undefined && event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
    const opener = document.querySelector("#shelf > button");
    if (!opener.classList.contains("open")) opener.click();
  }, true);
  for (const kind of ["dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (kind === "drop" || !event.relatedTarget) document.body.classList.remove("dropping");
      if (kind === "dragleave" || !carries(event)) return;
      event.preventDefault();
      event.stopPropagation();
      take(event.dataTransfer.files);
    }, true);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && state) look(); });

  // Gradio builds the page after this runs, and the panel again now and then.
  new MutationObserver(() => {
    if (!state && !timer && document.querySelector("#renewed :is(textarea, input)")) {
      timer = 1;
      look();
    }
    if (state && document.querySelector("#uploads .host:empty")) lay();
  }).observe(document, { childList: true, subtree: true });
})();
