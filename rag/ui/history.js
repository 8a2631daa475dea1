// Conversations that outlive the page. They are kept in this browser, and nowhere else: each under
// its own key, as a title and the answers as the server sent them. To open one is to send its
// answers back; the server cuts every quotation anew.
"use strict";
(() => {
  const PREFIX = "rag:conversation:";
  const CURRENT = "rag:current";
  const DRAFT = "rag:draft"; // what stood in the box when the page was left, or loaded again
  const LARGEST = 1_900_000; // bytes that one request may hold
  const MOST = 100; // answers that the page shows
  const FORMATS = [["Word", "docx"], ["HTML", "html"], ["Markdown", "md"], ["JSON", "json"]];
  const FULL = "Your browser keeps no more: delete a conversation to make room.";
  const TWICE = "This conversation went on in another tab too: both are kept, beside each other.";

  let views = 0; // conversations shown in this page, one after another
  let current = fresh();
  let title = "";
  let stamp = 0; // when this tab last read or wrote what is kept of it
  let older = []; // answers that were not sent back, being too many
  let answers = new Map(); // by turn
  let sent = 0; // turns that the server made again from what it was sent
  let since = 0; // the turn that the next question takes the place of
  let alone = false; // whether it is asked without the turns before it
  let seen = ""; // the record that was read last
  let ready = false;

  function fresh() {
    return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  }

  function load(id) {
    try {
      const kept = JSON.parse(localStorage.getItem(PREFIX + id));
      return Array.isArray(kept?.answers) && kept.answers.length ? { ...kept, id } : null;
    } catch {
      return null;
    }
  }

  function all() {
    const ids = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const found = ids.map((key) => load(key.slice(PREFIX.length))).filter(Boolean);
    return found.sort((one, two) => two.at - one.at);
  }

  function save(kept) {
    const { id, ...rest } = kept;
    try {
      localStorage.setItem(PREFIX + id, JSON.stringify(rest));
      list();
    } catch {
      list(note(FULL));
    }
  }

  function turnTo(id) {
    current = id;
    [older, answers, sent, since, alone] = [[], new Map(), 0, 0, false];
    [title, stamp] = ["", 0];
    remember(id);
    views += 1;
    number();
  }

  // Told before Gradio sees a press, and at every one: what is written while Gradio still builds
  // the page may be lost.
  function number() {
    page.write("view", since ? `${views} ${since}${alone ? " alone" : ""}` : views);
  }

  function remember(id) {
    try { sessionStorage.setItem(CURRENT, id); } catch { /* then it is not there after a reload */ }
  }

  function open(id) {
    const kept = load(id);
    if (!kept) return;
    turnTo(id);
    [title, stamp] = [kept.title, kept.at];
    const back = lastOf(kept.answers);
    older = kept.answers.slice(0, kept.answers.length - back.length);
    back.forEach((answer, at) => answers.set(older.length + at + 1, answer));
    sent = kept.answers.length;
    // What was offered belongs to the last of them; it is no part of an answer.
    const told = [...back.slice(0, -1), { ...back.at(-1), offered: kept.offered ?? "" }];
    page.write("kept", `${views}+${older.length} ${JSON.stringify(told)}`);
    list();
  }

  // As many of the last answers as the page shows, and one request holds.
  function lastOf(kept) {
    let room = LARGEST;
    const back = [];
    for (const answer of kept.slice(-MOST).reverse()) {
      room -= new Blob([JSON.stringify(JSON.stringify(answer))]).size;
      if (room < 0 && back.length) break;
      back.unshift(answer);
    }
    return back;
  }

  // Another server answers, which knows of nothing that this page shows.
  page.reopen = () => {
    if (!ready) return;
    const unsent = draft();
    const cited = new URLSearchParams(location.search).get("cite");
    if (load(current)) {
      open(current);
    } else if (cited) {
      page.passage(cited);
    } else {
      turnTo(fresh());
      page.write("kept", `${views} []`);
    }
    page.write("question", unsent);
  };

  // What was asked and not answered yet, and what stands in the box.
  function draft() {
    const box = document.querySelector("#question textarea").value;
    if (!document.querySelector("#chat .pending")) return box;
    const awaited = asked([...document.querySelectorAll("#chat .question")].at(-1));
    return box.includes(awaited) ? box : [awaited, box].filter(Boolean).join("\n");
  }

  function asked(question) {
    const copy = question.cloneNode(true);
    copy.querySelector(".edit").remove();
    return copy.textContent.trim();
  }

  // An answer that is whole; those that it takes the place of go.
  function read() {
    const text = document.querySelector("#record .record")?.textContent ?? "";
    if (text === seen) return;
    seen = text;
    const said = text && JSON.parse(text);
    if (!said || said.view !== views || said.turn <= sent) return;
    for (const turn of [...answers.keys()]) if (turn >= said.turn) answers.delete(turn);
    answers.set(said.turn, said.answer);
    const kept = load(current);
    const twice = kept && kept.at !== stamp;
    if (twice) current = fresh();
    else if (kept) title = kept.title;
    title ||= said.answer.question.slice(0, 80);
    stamp = Date.now();
    const whole = { title, at: stamp, answers: [...older, ...answers.values()] };
    save({ id: current, ...whole, offered: said.offered });
    remember(current);
    if (twice) page.tell(TWICE, 8_000);
  }

  function edit(link) {
    since = Number(link.getAttribute("href").slice("#edit-".length));
    sent = Math.min(sent, since - 1);
    page.write("question", asked(link.closest(".question")));
    number();
    document.querySelector("#question textarea").focus();
  }

  // The same question at once, without the turns before it.
  function askAlone(link) {
    const turn = link.getAttribute("href").slice("#fresh-".length);
    alone = true;
    edit(document.querySelector(`#chat a.edit[href="#edit-${turn}"]`));
    // Gradio takes in what was written before it sees the press.
    setTimeout(() => document.querySelector("#ask").click());
  }

  function accept() {
    stopEditing();
    page.write("question", "Yes");
    setTimeout(() => document.querySelector("#ask").click());
  }

  function stopEditing() {
    [since, alone] = [0, false];
    number();
  }

  // The list.

  function list(...notes) {
    const host = document.querySelector("#history .host");
    if (!host) return;
    const kept = all();
    const box = host.querySelector("details") ?? host.appendChild(make("details", "sources"));
    const heads = make("summary", "", `Conversations (${kept.length})`);
    const none = make("li", "", "What you ask is kept here, in this browser only.");
    const rows = make("ul", "");
    rows.append(...notes, ...(kept.length ? kept.map(row) : [none]));
    box.replaceChildren(heads, rows);
  }

  function row(kept) {
    const item = make("li", "conversation");
    const count = kept.answers.length;
    const name = action(kept.title || "Untitled", "open", () => { open(kept.id); close(); });
    if (kept.id === current) name.setAttribute("aria-current", "true");
    const when = new Date(kept.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const about = make("small", "", `${when}, ${count} answer${count === 1 ? "" : "s"}`);
    item.append(
      name, about,
      action("Rename", "", () => rename(item, kept)), action("Delete", "", () => drop(kept)),
      exports(kept),
    );
    return item;
  }

  function exports(kept) {
    const line = make("div", "export");
    line.append(make("span", "", "Take away as"));
    for (const [name, suffix] of FORMATS) line.append(action(name, "", () => take(kept, suffix)));
    return line;
  }

  // The server writes the file, with every quotation as its documents have it now.
  async function take(kept, suffix) {
    try {
      const body = JSON.stringify({ title: kept.title, answers: kept.answers });
      const answer = await fetch(`/export/${suffix}`, { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
      const link = make("a", "");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = `conversation.${suffix}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      list(note(error instanceof TypeError ? "The server cannot be reached." : error.message));
    }
  }

  function rename(item, kept) {
    const box = make("input", "");
    box.value = kept.title;
    box.maxLength = 80;
    box.setAttribute("aria-label", "Name of the conversation");
    const done = () => {
      const name = box.value.trim() || kept.title;
      if (kept.id === current) title = name;
      save({ ...(load(kept.id) ?? kept), title: name });
    };
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done();
      if (event.key === "Escape") { event.stopPropagation(); list(); }
    });
    item.replaceChildren(box, action("Keep this name", "", done));
    box.select();
  }

  function drop(kept) {
    localStorage.removeItem(PREFIX + kept.id);
    const undone = note(`Deleted “${kept.title}”. `);
    undone.append(action("Undo", "", () => save(kept)));
    list(undone);
  }

  function note(text) {
    const item = make("li", "", text);
    item.setAttribute("role", "status");
    return item;
  }

  function action(text, kind, act) {
    const button = make("button", kind, text);
    button.type = "button";
    button.addEventListener("click", (event) => { event.stopPropagation(); act(); });
    return button;
  }

  function make(tag, kind, text = "") {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    element.textContent = text;
    return element;
  }

  function close() {
    const box = document.querySelector("#history details");
    if (box?.open) box.open = false;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#clear")) { turnTo(fresh()); list(); }
    else if (event.target.closest?.("#ask, #stop, #chat .example")) number();
    const link = event.target.closest?.("a.edit");
    if (link) { event.preventDefault(); alone = false; edit(link); }
    const lonely = event.target.closest?.("a.fresh");
    if (lonely) { event.preventDefault(); askAlone(lonely); }
    if (event.target.closest?.("a.accept")) { event.preventDefault(); accept(); }
    if (!event.target.closest?.("#history")) close();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest?.("#question")) number();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.target.closest?.("#question") && since) stopEditing();
    if (document.querySelector("#history details[open]")) {
      close();
      document.querySelector("#history summary").focus();
    }
  });
  addEventListener("storage", () => list());
  addEventListener("pagehide", () => {
    if (ready) sessionStorage.setItem(DRAFT, draft());
  });

  // Gradio builds the page after this runs.
  function start() {
    const boxes = ["kept", "view", "wanted", "question"];
    if (ready || !boxes.every((id) => document.querySelector(`#${id} :is(textarea, input)`))) return;
    ready = true;
    list();
    const cited = new URLSearchParams(location.search).get("cite");
    const before = sessionStorage.getItem(CURRENT);
    const unsent = sessionStorage.getItem(DRAFT);
    if (unsent) page.write("question", unsent);
    if (cited) page.passage(cited);
    else if (before) open(before);
  }

  new MutationObserver(() => {
    start();
    read();
    if (ready && document.querySelector("#history .host:empty")) list();
    if (since && document.querySelector("#chat .pending")) stopEditing();
  }).observe(document, { childList: true, subtree: true });
})();
