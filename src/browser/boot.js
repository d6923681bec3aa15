// Starts the one wasm module, in the window and in every worker, and tells when it has stopped: a module that panicked
// or ran out of memory can't. The whole inline script (this file behind wasm-bindgen's glue) is also the workers'
// source: they can load nothing else.
(() => {
  "use strict";

  // What a thrown value means, by the words of Chromium, Firefox and Safari. A failed allocation ends the module by an
  // `unreachable` without words; a panic does so too, but has told its message before.
  const KINDS = [
    ["out-of-memory", /out of memory|could not allocate|allocation (failed|size overflow)|^RuntimeError: unreachable/i],
    ["stack-overflow", /call stack size exceeded|too much recursion|stack overflow|memory access out of bounds|out of bounds memory access|^RuntimeError: index out of bounds/i],
    ["unreadable", /^(NotReadable|NotFound|NotAllowed|Security|Abort)Error\b/],
  ];
  self.azflowFailure = (thrown) => {
    const error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    const text = error.replace(/^Uncaught (exception: )?/i, "");
    const kind = KINDS.find(([, words]) => words.test(text));
    return { kind: kind ? kind[0] : "thrown", text };
  };
  // A panic's hook calls this too. Only what comes first is the cause.
  const once = (tell) => {
    let told = false;
    self.azflowFailed = (failure) => {
      if (told) return;
      told = true;
      console.error("azflow failed:", failure.text, failure.place ?? "");
      tell(failure);
    };
  };

  if (typeof document === "undefined") {
    // The first message brings the compiled module and the role; starting is synchronous, so
    // that no message behind it is missed.
    let memory;
    once((failure) => self.postMessage({ ...failure, memory: memory?.buffer.byteLength }));
    // WebKit hides what a script of a page opened from disk throws from the events below, so it is caught before.
    const watched = (act) => (...given) => {
      try {
        return act.apply(self, given);
      } catch (error) {
        self.azflowFailed(self.azflowFailure(error));
      }
    };
    const queue = self.queueMicrotask.bind(self);
    self.queueMicrotask = (task) => queue(watched(task));
    self.addEventListener("error", (event) => {
      // The page hears of it by the message, which keeps its place behind those before it.
      event.preventDefault();
      self.azflowFailed(self.azflowFailure(event.error ?? event.message));
    });
    self.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      self.azflowFailed(self.azflowFailure(event.reason));
    });
    self.onmessage = (event) => {
      self.onmessage = null;
      self.azflowBoot = event.data;
      // Held for as long as this worker lives, however busy it is: see `guard`.
      const { lock } = event.data;
      navigator.locks?.request(lock, () => { self.postMessage(lock); return new Promise(() => {}); }).catch(() => {});
      ({ memory } = wasm_bindgen.initSync({ module: event.data.module }));
      self.onmessage = watched(self.onmessage);
    };
    return;
  }

  // The window's end: nothing on the page answers any more, so this shows what index.html holds for it.
  const workers = new Set();
  once((failure) => {
    workers.forEach((worker) => worker.terminate());
    workers.clear();
    const panel = document.getElementById("failure");
    const part = (name) => panel.querySelector(`[data-part="${name}"]`);
    const text = failure.place ? `${failure.text} at ${failure.place}` : failure.text;
    panel.dataset.failure = failure.kind;
    const meant = panel.querySelector(`[data-kind="${failure.kind}"]`) ?? panel.querySelector('[data-kind="thrown"]');
    meant.hidden = false;
    part("text").textContent = `azflow ${panel.dataset.version}, window, ${failure.kind}: ${text}`;
    document.querySelectorAll('[data-testid="load-status"]').forEach((old) => old.removeAttribute("data-testid"));
    const status = part("status");
    status.dataset.testid = "load-status";
    status.dataset.failure = failure.kind;
    status.textContent = `failed: ${text}`;
    part("copy").onclick = async (event) => {
      const button = event.target;
      try {
        await navigator.clipboard.writeText(part("text").textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(part("text"));
        button.textContent = "Selected: copy it by keyboard";
      }
    };
    part("reload").onclick = () => location.reload();
    document.getElementById("app").inert = true;
    panel.hidden = false;
    panel.focus();
  });
  // The module is left in an unknown state by its own traps and by what passed through its functions. What other
  // scripts throw (a browser's extension, a ResizeObserver's note) is none of its concern.
  const passed = (thrown) => thrown?.name === "RuntimeError" || /\bwasm\b/.test(thrown?.stack ?? "");
  self.addEventListener("error", (event) => {
    const failure = self.azflowFailure(event.error ?? event.message);
    if (passed(event.error) || failure.kind === "out-of-memory") self.azflowFailed(failure);
  });
  self.addEventListener("unhandledrejection", (event) => {
    // A browser's refusal that nobody waits for is no failure of the module.
    if (passed(event.reason) && !(event.reason instanceof DOMException)) {
      self.azflowFailed(self.azflowFailure(event.reason));
    }
  });

  // A browser that is short of memory ends a worker without a word. The lock that the worker holds is free then, which a
  // worker that computes for long can't be taken for. Where there are no locks (a page of plain http) nothing is heard.
  const guard = (worker) => {
    const lock = `azflow ${Math.random()}`;
    worker.addEventListener("message", (event) => {
      if (event.data !== lock) return;
      event.stopImmediatePropagation();
      navigator.locks.request(lock, () => {
        // Those that the page ended are not among them.
        if (workers.has(worker)) worker.dispatchEvent(new Event("error"));
      }).catch(() => {});
    });
    return lock;
  };

  const fail = (text) => {
    const message = document.getElementById("boot-message");
    message.textContent = text;
    message.hidden = false;
  };
  const script = document.currentScript.textContent;
  const worker = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  // The policy wants each text that a browser would run approved. Just one is: the address of the workers' source.
  self.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (url === worker ? url : null) });
  const packed = document.getElementById("azflow-wasm").textContent;

  // The module lies in the page as gzip, coded in base64: a page is text.
  const unpack = () => {
    const coded = atob(packed.trim());
    const bytes = new Uint8Array(coded.length);
    for (let i = 0; i < coded.length; i++) bytes[i] = coded.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  };

  const start = async () => {
    const module = await WebAssembly.compile(await unpack());
    self.azflowBoot = { module, worker, workers, guard };
    await wasm_bindgen({ module_or_path: module });
  };

  if (typeof WebAssembly !== "object" || typeof DecompressionStream !== "function") {
    fail("This browser is too old for azflow: it lacks " +
      (typeof WebAssembly !== "object" ? "WebAssembly" : "DecompressionStream") +
      ". Any current Chrome, Edge, Firefox or Safari has it. Nothing was read or sent.");
    return;
  }
  start().catch((error) => {
    if (!document.getElementById("failure").hidden) return;
    fail("azflow could not start: " + error + ". Reload the page; if it happens again, try another browser. Nothing was read or sent.");
  });
})();
