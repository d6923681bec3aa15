// Starts the one wasm module, in the window and in every worker. The whole inline script (this
// file behind wasm-bindgen's glue) is also the workers' source: they can load nothing else.
(() => {
  "use strict";

  if (typeof document === "undefined") {
    // The first message brings the compiled module and the role; starting is synchronous, so
    // that no message behind it is missed.
    self.onmessage = (event) => {
      self.onmessage = null;
      self.azflowBoot = event.data;
      wasm_bindgen.initSync({ module: event.data.module });
    };
    return;
  }

  const fail = (text) => {
    const message = document.getElementById("boot-message");
    message.textContent = text;
    message.hidden = false;
  };
  const script = document.currentScript.textContent;
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
    const worker = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    self.azflowBoot = { module, worker };
    await wasm_bindgen({ module_or_path: module });
  };

  if (typeof WebAssembly !== "object" || typeof DecompressionStream !== "function") {
    fail("This browser is too old for azflow: it lacks " +
      (typeof WebAssembly !== "object" ? "WebAssembly" : "DecompressionStream") +
      ". Any current Chrome, Edge, Firefox or Safari has it. Nothing was read or sent.");
    return;
  }
  start().catch((error) => {
    fail("azflow could not start: " + error + ". Reload the page; if it happens again, try another browser. Nothing was read or sent.");
  });
})();
