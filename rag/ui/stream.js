// Mends a fault of Gradio's client. The server ends the stream of a page's results when none is
// due; an event that joins the queue at that very moment still takes the old stream for open, and
// its result never arrives: a press of a button is lost. Here the client sees one stream that
// ends only when no event is under way, and learns of a joined event only while a stream is open
// or after it has noticed that there is none. A stream that breaks off ends for it as well: else it
// would take that one for open for good, and nothing would ever arrive again.
"use strict";
(() => {
  const real = window.fetch;
  const END = 'data: {"msg": "close_stream"}';
  const BROKEN = 'data: {"msg": "broken_connection", "message": "The connection was lost."}';
  const due = new Set(); // events that have joined and not been completed
  const early = new Set(); // completed before the answer to their joining was read
  let joining = 0;
  let settled = []; // called when an event has joined, or failed to
  let closing = null; // resolves when the client has noticed the end of the stream

  window.fetch = (input, options) => {
    const path = new URL(input?.url ?? input, location.href).pathname;
    if (path.endsWith("/queue/join")) return join(input, options);
    if (path.endsWith("/queue/data")) return open(input, options);
    return real(input, options);
  };

  async function join(input, options) {
    joining += 1;
    try {
      const response = await real(input, options);
      const { event_id: event } = await response.clone().json().catch(() => ({}));
      if (event && !early.delete(event)) due.add(event);
      await closing;
      return response;
    } finally {
      joining -= 1;
      for (const call of settled.splice(0)) call();
    }
  }

  async function open(input, options) {
    const request = new Request(input, options);
    const first = await real(request.clone()).catch((error) => {
      if (request.signal.aborted) return new Promise(() => {}); // the page is being left
      throw error;
    });
    if (!first.ok || !first.body) return first;
    const gone = new Promise((resolve) => { request.signal.addEventListener("abort", resolve); });
    const body = new ReadableStream({
      async start(out) {
        try {
          await pass(first, out, request, gone);
        } catch (error) {
          due.clear(); // the client gives all of them up
          if (!request.signal.aborted) {
            console.error(error);
            say(out, BROKEN);
            end(out, gone);
          }
          out.close();
        }
      },
    });
    return new Response(body, { status: first.status, headers: first.headers });
  }

  // Hands on what the server sends, over as many streams as it takes.
  async function pass(response, out, request, gone) {
    if (!await drain(response, out)) throw new Error("The stream of results was cut off.");
    while (joining && !due.size) await new Promise((resolve) => { settled.push(resolve); });
    if (due.size && !request.signal.aborted) {
      await pass(await real(request.clone()), out, request, gone);
      return;
    }
    end(out, gone);
    out.close();
  }

  // Tells the client that the stream ends, and keeps newly joined events back until it knows.
  function end(out, gone) {
    const noticed = gone.then(() => { if (closing === noticed) closing = null; });
    closing = noticed;
    say(out, END);
  }

  function say(out, message) {
    out.enqueue(new TextEncoder().encode(`${message}\n\n`));
  }

  // Hands on one stream, but for the message that it ends; returns whether that came.
  async function drain(response, out) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let [rest, over] = ["", false];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const messages = (rest + value).split("\n\n");
      rest = messages.pop();
      for (const message of messages) {
        if (read(message)) over = true;
        else say(out, message);
      }
    }
    return over;
  }

  // Keeps account of what is due; true if the message says that the stream ends.
  function read(message) {
    if (!message.startsWith("data:")) return false;
    const { msg, event_id: event } = JSON.parse(message.slice(5));
    if (msg === "process_completed" && event && !due.delete(event)) early.add(event);
    return msg === "close_stream";
  }
})();
