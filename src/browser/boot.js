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
  const text = (id) => document.getElementById(id).textContent;
  const packed = [text("azflow-unpack"), text("azflow-wasm")];

  const decode = (text) => {
    const coded = atob(text.trim());
    const bytes = new Uint8Array(coded.length);
    for (let i = 0; i < coded.length; i++) bytes[i] = coded.charCodeAt(i);
    return bytes;
  };

  // The module is packed tighter than browsers can unpack; a little module that they can does it.
  const unpack = async ([little, large]) => {
    const stream = new Blob([decode(little)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const { instance } = await WebAssembly.instantiate(await new Response(stream).arrayBuffer());
    const { room, unpack, memory } = instance.exports;
    const bytes = decode(large);
    const place = room(bytes.length);
    new Uint8Array(memory.buffer, place).set(bytes);
    const at = unpack();
    if (at === 0) throw new Error("the page's file is damaged");
    const length = new DataView(bytes.buffer).getUint32(0, true);
    return new Uint8Array(memory.buffer, at, length);
  };

  const start = async () => {
    const module = await WebAssembly.compile(await unpack(packed));
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
