/* Rapport's widget: one script tag asks what to say to this visitor, draws it, and reports what was seen and chosen.
   It keeps nothing on the visitor's machine, and a page is never worse than without it. See docs/widget.md. */
(() => {
  "use strict";

  const tag = document.currentScript || document.querySelector('script[src*="widget.js"][data-key]');
  const base = new URL(".", tag.src);
  const turns = new WeakMap(); // the newest question of each place: an older answer that comes later is not drawn
  const unsent = new Set(); // what sends the reports that still wait
  let ownPlace = null; // beside the tag, where it names no target
  const SEEN_AFTER_MS = 1000;
  const SEEN_SHARE = 0.5;
  const GATHERED_FOR_MS = 500;

  const STYLE = `
    :where(.rapport-cards) { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; margin: 0; padding: 0; }
    :where(.rapport-card) { flex: 1 1 10rem; max-width: 16rem; }
    :where(.rapport-link) { color: inherit; display: block; text-decoration: none; }
    :where(.rapport-image) { display: block; height: auto; max-width: 100%; }
    :where(.rapport-name, .rapport-price, .rapport-text) { display: block; }
    :where(.rapport-dismiss) { margin-block-start: 0.25rem; }`;

  const warn = (...said) => console.warn("rapport:", ...said);
  const words = text => (text || "").split(/\s+/).filter(Boolean);
  const list = given => (Array.isArray(given) ? given.map(String) : words(given));

  function element(name, part, text) {
    const made = document.createElement(name);
    made.className = `rapport-${part}`;
    if (text !== undefined) made.textContent = text; // never as HTML: names and texts are anybody's
    return made;
  }

  // An address that a catalogue names is followed only where it is one of the web.
  function address(text) {
    try {
      const url = new URL(text, document.baseURI);
      return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
    } catch {
      return null;
    }
  }

  function uniqueId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
  }

  function money(price, currency) {
    const language = document.documentElement.lang || undefined;
    try {
      return new Intl.NumberFormat(language, currency ? { style: "currency", currency } : {}).format(Number(price));
    } catch {
      return currency ? `${price} ${currency}` : String(price);
    }
  }

  // Asking.

  async function visitorOf(options) {
    if (!options.tokenUrl) return { customer: options.customer, token: options.token };
    const answer = await fetch(new URL(options.tokenUrl, document.baseURI), { credentials: "same-origin" });
    if (answer.status === 204) return {};
    if (!answer.ok) throw new Error(`${options.tokenUrl} answered ${answer.status}`);
    const said = await answer.json();
    return { customer: said.customer_id, token: said.token };
  }

  function headersOf(options, visitor) {
    const headers = { "content-type": "application/json", "x-api-key": options.key };
    if (visitor.token) headers["x-rapport-customer-token"] = visitor.token;
    return headers;
  }

  async function slateOf(options, visitor) {
    const asked = { k: Number(options.k || 4), cart: list(options.cart) };
    asked.session = [...new Set([...words(options.viewed), ...list(options.session)])];
    if (visitor.customer) asked.customer_id = visitor.customer;
    for (const name of ["placement", "channel"]) if (options[name]) asked[name] = options[name];
    if (options.actions) asked.actions = list(options.actions);
    const patience = new AbortController();
    const alarm = setTimeout(() => patience.abort(), Number(options.timeout || 3000));
    try {
      const answer = await fetch(new URL("v1/decisions", base), {
        method: "POST",
        headers: headersOf(options, visitor),
        body: JSON.stringify(asked),
        signal: patience.signal,
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error([said.title, said.detail, said.remedy].filter(Boolean).join("; "));
      return said;
    } finally {
      clearTimeout(alarm);
    }
  }

  // Reporting. Times are those of the server's clock: what visitors' clocks say is anybody's guess.

  function reporter(options, visitor, slate) {
    const decided = Date.parse(slate.decided_at);
    const answered = performance.now();
    let waiting = [];
    let alarm = null;
    let speaker = visitor;

    async function send(events, isLast = false) {
      const request = { method: "POST", keepalive: true, body: JSON.stringify(events) };
      const url = new URL("v1/events", base);
      const answer = await fetch(url, { ...request, headers: headersOf(options, speaker) });
      if (answer.ok) return;
      const hasExpired = answer.status === 401 && options.tokenUrl;
      if (isLast || !(hasExpired || answer.status === 503)) {
        const said = await answer.json();
        warn("not reported:", said.title, said.detail, said.remedy);
        return;
      }
      // The same events under the same ids: what was written after all is not written twice.
      if (hasExpired) speaker = await visitorOf(options);
      else await new Promise(done => setTimeout(done, 1000 * Number(answer.headers.get("retry-after") || 1)));
      await send(events, true);
    }

    function flush() {
      clearTimeout(alarm);
      alarm = null;
      unsent.delete(flush);
      const events = waiting;
      waiting = [];
      send(events).catch(error => warn("not reported:", error));
    }

    function report(type, about, { isUrgent = false } = {}) {
      const event = { type, source: "widget:script", event_id: uniqueId(), ...about };
      event.occurred_at = new Date(decided + performance.now() - answered).toISOString();
      if (visitor.customer) event.customer_id = visitor.customer;
      if (options.channel) event.channel = options.channel;
      waiting.push(event);
      unsent.add(flush);
      if (isUrgent) flush();
      else alarm = alarm || setTimeout(flush, GATHERED_FOR_MS);
    }

    const ofRank = rank => ({ decision_id: slate.decision_id, rank });
    const ranksSeen = new Set();
    const viewed = item => report("view", { item_id: item });
    const seen = rank => {
      if (ranksSeen.has(rank)) return;
      ranksSeen.add(rank);
      const where = options.placement ? { placement: options.placement } : {};
      report("impression", { ...ofRank(rank), ...where });
    };
    const answeredWith = outcome => rank => {
      seen(rank); // who answers has seen it, however quickly
      report("response", { ...ofRank(rank), outcome }, { isUrgent: true });
    };
    return { viewed, seen, accepted: answeredWith("accepted"), dismissed: answeredWith("dismissed") };
  }

  const sendAll = () => [...unsent].forEach(flush => flush());
  addEventListener("pagehide", sendAll);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && sendAll());

  // Drawing.

  function contentOf(action) {
    const parts = [];
    const image = action.image && address(action.image);
    if (image) {
      const picture = element("img", "image");
      Object.assign(picture, { src: image, alt: "", loading: "lazy" }); // the name stands beside it
      parts.push(picture);
    }
    if (action.name) parts.push(element("span", "name", action.name));
    if (action.price) parts.push(element("span", "price", money(action.price, action.currency)));
    const says = action.text || action.reason.text;
    if (says) parts.push(element("span", "text", says));
    return parts;
  }

  function cardOf(action, report, options) {
    const card = element("li", "card");
    Object.assign(card.dataset, { action: action.action, kind: action.kind, rank: action.rank });
    const href = action.url && address(action.url);
    const link = element(href ? "a" : "div", "link");
    link.append(...contentOf(action));
    if (href) {
      link.href = href;
      link.addEventListener("click", () => report.accepted(action.rank));
      link.addEventListener("auxclick", click => click.button === 1 && report.accepted(action.rank));
    }
    card.append(link);
    if (options.dismiss) {
      const button = element("button", "dismiss", options.dismiss);
      button.type = "button";
      if (action.name) button.setAttribute("aria-label", `${options.dismiss}: ${action.name}`);
      button.addEventListener("click", () => {
        const cards = card.parentElement;
        report.dismissed(action.rank);
        card.remove();
        if (!cards.children.length) cards.parentElement.hidden = true;
      });
      card.append(button);
    }
    return card;
  }

  /* An action was seen when half of its card stood on the screen for a second. */
  function watch(card, report) {
    let alarm = null;
    const looking = new AbortController();
    const isLookedAt = () => document.visibilityState === "visible" && card.isConnected;
    const eye = new IntersectionObserver(
      entries => {
        clearTimeout(alarm);
        if (entries.at(-1).isIntersecting) alarm = setTimeout(judge, SEEN_AFTER_MS);
      },
      { threshold: SEEN_SHARE },
    );
    function judge() {
      if (!isLookedAt()) return;
      eye.disconnect();
      looking.abort();
      report.seen(Number(card.dataset.rank));
    }
    function lookAgain() {
      eye.disconnect();
      if (isLookedAt()) eye.observe(card); // it tells at once whether the card is on the screen
      else if (!card.isConnected) looking.abort();
    }
    document.addEventListener("visibilitychange", lookAgain, { signal: looking.signal });
    eye.observe(card);
  }

  function draw(target, slate, report, options) {
    const cards = slate.actions.map(action => cardOf(action, report, options));
    const drawn = element("ul", "cards");
    drawn.setAttribute("role", "list"); // a list without bullets is none to some screen readers
    if (options.label) drawn.setAttribute("aria-label", options.label);
    drawn.append(...cards);
    target.replaceChildren(...(cards.length ? [drawn] : []));
    target.hidden = !cards.length;
    for (const card of cards) watch(card, report);
  }

  function placeOf(options) {
    if (options.target instanceof Element) return options.target;
    if (options.target) return document.querySelector(options.target);
    if (!ownPlace && document.body.contains(tag)) {
      ownPlace = document.createElement("div");
      tag.after(ownPlace);
    }
    return ownPlace;
  }

  /* What stands there of an earlier answer may be wrong by now; what the shop put there itself stays. */
  function withdraw(target) {
    const drawn = target.querySelector(":scope > .rapport-cards");
    if (!drawn) return;
    drawn.remove();
    target.hidden = true;
  }

  async function shown(target, options, turn) {
    const visitor = await visitorOf(options);
    const slate = await slateOf(options, visitor);
    const report = reporter(options, visitor, slate);
    for (const item of words(options.viewed)) report.viewed(item);
    if (turns.get(target) !== turn) return slate;
    const { seen, accepted, dismissed } = report;
    const detail = { slate, seen, accepted, dismissed };
    const told = new CustomEvent("rapport:slate", { bubbles: true, cancelable: true, detail });
    if (target.dispatchEvent(told)) draw(target, slate, report, options);
    return slate;
  }

  /* Ask and draw; options as the attributes of the tag. Resolves to the slate, to null where there is none; never rejects. */
  async function show(given = {}) {
    const options = { ...tag.dataset, ...given };
    const target = placeOf(options);
    if (!target) {
      warn(options.target ? `nothing on this page is ${options.target}` : "the script tag has no data-target");
      return null;
    }
    const turn = {};
    turns.set(target, turn);
    try {
      return await shown(target, options, turn);
    } catch (error) {
      warn(error.name === "AbortError" ? "no answer in time" : error.message);
      if (turns.get(target) === turn) withdraw(target);
      return null;
    }
  }

  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  } catch {
    // An older browser draws a plain list.
  }

  window.rapport = { show };
  document.dispatchEvent(new CustomEvent("rapport:ready"));
  if (!tag.dataset.key) warn("the script tag has no data-key");
  else if (tag.dataset.auto !== "off") {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => show(), { once: true });
    else show();
  }
})();
