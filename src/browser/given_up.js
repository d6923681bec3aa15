// What azflow never uses is given up here, before anything else runs, in the window and in every worker. The policy
// comes first and stops most ways out; this is for those that a policy leaves open to a script that came to run here.
(() => {
  "use strict";

  const GIVEN_UP = [
    // Peer connections send by UDP and TCP to whom they like; no policy stops them.
    "RTCPeerConnection", "webkitRTCPeerConnection", "RTCIceTransport",
    // The policy refuses each of these; here it is no more.
    "fetch", "fetchLater", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource",
    "navigator.sendBeacon", "importScripts", "TCPSocket", "UDPSocket",
    // A new window is under no policy of this page; nor is the one that opened this one.
    "open", "document.open", "opener", "documentPictureInPicture",
    // What leads elsewhere is refused below; without it nothing has to be.
    "navigation",
    // The browser may have its maker speak, listen and find places.
    "speechSynthesis", "SpeechRecognition", "webkitSpeechRecognition", "navigator.geolocation",
    // The browser asks those that these name: payers, log-ins, advertisers, screens, licence and push services.
    "PaymentRequest", "navigator.credentials", "IdentityProvider", "PresentationRequest", "Notification",
    "navigator.share", "navigator.joinAdInterestGroup", "navigator.runAdAuction", "sharedStorage", "PushManager",
    "navigator.requestMediaKeySystemAccess", "navigator.registerProtocolHandler",
    // Devices carry on what they are given.
    "navigator.bluetooth", "navigator.usb", "navigator.serial", "navigator.hid", "navigator.requestMIDIAccess",
    // Cookies go to the page's server with the next request.
    "document.cookie", "cookieStore",
    // Pages without a policy may share these with this one.
    "navigator.serviceWorker", "SharedWorker", "BroadcastChannel", "indexedDB", "caches", "navigator.storage",
    "navigator.storageBuckets", "webkitRequestFileSystem", "openDatabase",
    // Texts become elements by these, and would become the elements that are refused below.
    "document.write", "document.writeln", "document.execCommand", "DOMParser", "XSLTProcessor", "customElements",
    "Range.prototype.createContextualFragment", "DOMImplementation.prototype.createDocument",
    "Document.parseHTML", "Document.parseHTMLUnsafe",
  ];
  // The same by pattern, since new ones come: innerHTML, insertAdjacentHTML, setHTMLUnsafe.
  const TEXT_TO_ELEMENTS = /HTML(Unsafe)?$/;
  // A worker of this page starts none.
  if (typeof document === "undefined") GIVEN_UP.push("Worker");

  // Elements that no script gets: frames, which would have all of this anew, and links.
  const REFUSED = { __proto__: null, iframe: 1, frame: 1, object: 1, embed: 1, fencedframe: 1, a: 1, area: 1 };

  // Functions and getters are taken as they are now: a later script may put others in their place.
  const bound = Function.prototype.bind.bind(Function.prototype.call);
  const end = (holder, name, get) => Reflect.defineProperty(holder, name,
    { configurable: false, ...(get ? { get, set: undefined } : { value: undefined, writable: false }) });
  const getter = (kind, name) => bound(Object.getOwnPropertyDescriptor(kind.prototype, name).get);

  if (typeof document !== "undefined") {
    // The page goes nowhere but to itself: another address, an own one with other words in front of the `#`, a download
    // of anything but what it made. Going back is the user's.
    if (self.navigation) {
      const begins = bound(String.prototype.startsWith);
      const prevent = bound(Event.prototype.preventDefault);
      const url = getter(NavigationDestination, "url");
      const [to, kind] = ["destination", "navigationType"].map((name) => getter(NavigateEvent, name));
      const tells = "downloadRequest" in NavigateEvent.prototype;
      const download = tells ? getter(NavigateEvent, "downloadRequest") : () => "";
      const own = location.href.replace(/#.*/s, "");
      self.navigation.addEventListener("navigate", (event) => {
        const there = url(to(event));
        const saves = download(event) !== null && begins(there, "blob:");
        if (there !== own && !begins(there, `${own}#`) && !saves && kind(event) !== "traverse") prevent(event);
      });
    }

    const name = getter(Element, "localName");
    const made = bound(Document.prototype.createElement);
    for (const way of ["createElement", "createElementNS"]) {
      const make = bound(Document.prototype[way]);
      const value = function (...given) {
        const element = make(this, ...given);
        if (REFUSED[name(element)]) throw new TypeError(`azflow has given up ${name(element)}`);
        return element;
      };
      Object.defineProperty(Document.prototype, way, { value, writable: false, configurable: false });
    }

    // The one link that is ever made, to what the browser is to save.
    const [press, href, saveAs] = [
      bound(HTMLElement.prototype.click),
      ...["href", "download"].map((of) => bound(Object.getOwnPropertyDescriptor(HTMLAnchorElement.prototype, of).set)),
    ];
    const [address, forget, later] = [URL.createObjectURL, URL.revokeObjectURL, setTimeout];
    self.azflowSave = (blob, as) => {
      const link = made(document, "a");
      const there = address(blob);
      href(link, there);
      saveAs(link, as);
      press(link);
      // The browser may begin to read after the press; this is ample.
      later(() => forget(there), 60_000);
    };

    for (const { prototype } of [Element, ShadowRoot]) {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        // What an element holds can still be read.
        const { get } = Object.getOwnPropertyDescriptor(prototype, name);
        if (TEXT_TO_ELEMENTS.test(name) && name !== "getHTML") end(prototype, name, get);
      }
    }
  }

  for (const path of GIVEN_UP) {
    const names = path.split(".");
    const last = names.pop();
    let holder = names.reduce((from, name) => from?.[name], self);
    for (; holder; holder = Object.getPrototypeOf(holder)) {
      if (Object.getOwnPropertyDescriptor(holder, last)) end(holder, last);
    }
  }
})();
