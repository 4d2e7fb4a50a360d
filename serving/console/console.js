/* The page of store and service staff: find a customer, read the whole history, see what to say next, say why not, overrule.
   It asks the API that everybody else asks, and keeps nothing. See docs/console.md. */
"use strict";

const SHOWN_EVENTS = 25;
const byId = id => document.getElementById(id);
let opened = null; // the customer on the page: an answer about another one that comes late is not drawn

// Drawing. Everything is put in as text: names and words are anybody's.

function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) made[name] = value;
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const TIME = /^\d{4}-\d\d-\d\dT/;

function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return TIME.test(value) ? clock.format(new Date(value)) : value;
  if (typeof value === "number") return String(Math.round(value * 100) / 100);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(shown).join("; ");
  if (value.item_id && value.name !== undefined) return value.name;
  return Object.entries(value).map(([name, one]) => `${words(name)}: ${shown(one)}`).join(", ");
}

const words = name => name.replaceAll("_", " ");

function tableOf(rows, names = [...new Set(rows.flatMap(row => Object.keys(row)))], last = null) {
  const head = make("tr", {}, ...names.map(name => make("th", {}, words(name))), last && make("th"));
  const lines = rows.map(row => make("tr", {}, ...names.map(name => make("td", {}, shown(row[name]))), last && make("td", {}, last(row))));
  return make("div", { className: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)));
}

function say(text, kind = "") {
  byId("word").textContent = text;
  byId("word").className = kind;
}

const button = (text, does) => make("button", { type: "button", onclick: () => told(does) }, text);

// Asking.

async function ask(path, { verb = "GET", body } = {}) {
  const headers = { "x-api-key": byId("key").value.trim() };
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, { method: verb, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const said = await answer.json();
  if (answer.ok) return said;
  const why = [said.title, said.detail, said.expected && `expected ${said.expected}`, said.found && `found ${said.found}`, said.remedy];
  throw Object.assign(new Error(why.filter(Boolean).join("; ")), { status: answer.status });
}

/* Do it; what goes wrong is said on the page. */
async function told(does) {
  try {
    await does();
  } catch (error) {
    say(error.message, "alarm");
  }
}

const pathOf = (customer, rest = "") => `v1/customers/${encodeURIComponent(customer)}${rest}`;
const orNull = async asked => {
  try {
    return await asked;
  } catch (error) {
    if ([403, 404, 410, 422].includes(error.status)) return null; // nobody, nothing that it could be, or names are not for this key
    throw error;
  }
};

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}

// Finding.

/* By what a text can be asked for: a number may be anything, an address has an @, and a name some letter. */
function kindsOf(text) {
  const kinds = ["order_id", "serial"];
  if (text.includes("@")) kinds.push("email");
  else if (/\p{L}/u.test(text)) kinds.push("name");
  else if (text.replace(/\D/g, "").length >= 5) kinds.push("phone");
  return kinds;
}

async function find(text) {
  say("Looking ...");
  byId("found").replaceChildren();
  const asked = kindsOf(text).map(kind => orNull(ask(`v1/customers?${kind}=${encodeURIComponent(text)}`)));
  const [known, ...answers] = await Promise.all([orNull(ask(pathOf(text, "?limit=1"))), ...asked]);
  const holders = answers.flatMap(one => one?.customers ?? []);
  const guests = answers.flatMap(one => (one?.guests ? [one.guests] : []));
  if (known && !holders.some(one => one.customer_id === known.customer_id)) holders.push({ customer_id: known.customer_id, orders: [] });
  const ids = [...new Set(holders.map(one => one.customer_id))];
  say(ids.length || guests.length ? "" : `Nobody is known by ${text}.`, "alarm");
  byId("found").replaceChildren(...holders.map(drawHolder), ...guests.map(drawGuests));
  if (ids.length === 1) await open(ids[0]);
}

function drawOrder(order) {
  const { lines, ...about } = order;
  return make("div", {}, make("p", {}, shown(about)), tableOf(lines));
}

function drawHolder(holder) {
  const promises = holder.promises?.length ? [make("h3", {}, "Promised"), tableOf(holder.promises)] : [];
  const name = make("b", {}, [holder.profile?.name, holder.customer_id].filter(Boolean).join(", "));
  const about = { ...holder.profile, name: undefined, "last bought at": holder.last_bought_at };
  const told = Object.entries(about).filter(([, value]) => value !== undefined);
  const known = told.length ? make("span", { className: "soft" }, shown(Object.fromEntries(told))) : null;
  const opens = button("Open", () => open(holder.customer_id));
  return make("div", { className: "card" }, make("div", { className: "row" }, name, known, opens), ...holder.orders.map(drawOrder), ...promises);
}

const drawGuests = guests => make("div", { className: "card" }, make("b", {}, "A guest, whom nobody knows"), ...guests.orders.map(drawOrder));

// One customer.

async function open(customer) {
  opened = customer;
  if (decodeURIComponent(location.hash.slice(1)) !== customer) history.replaceState(null, "", `#${encodeURIComponent(customer)}`);
  const page = await ask(pathOf(customer, `?limit=${SHOWN_EVENTS}`));
  const playbook = await ask("v1/playbook");
  if (opened !== customer) return;
  const parts = [heading(page), nextPart(customer, playbook), whyNotPart(customer, playbook), overridesPart(customer, playbook)];
  byId("customer").replaceChildren(...parts, ...dealingsParts(page.dealings), holdingsPart(page), historyPart(page));
  byId("customer").hidden = false;
  say("");
}

function heading(page) {
  const { totals, dealings } = page;
  const open = (dealings.complaints ?? []).filter(one => !one.resolved_at);
  const alarm = open.length ? make("p", { className: "alarm" }, `Open complaint since ${shown(open.at(-1).opened_at)}: nothing is sold.`) : null;
  const { events_by_type, ...numbers } = totals;
  const called = page.profile ? make("p", { id: "profile" }, shown(page.profile)) : null;
  const others = (page.same_person ?? []).map(one => button(one, () => open(one)));
  const linked = others.length ? make("p", { className: "row" }, "The same person is known as", ...others) : null;
  const title = make("h2", {}, `Customer ${page.customer_id}`);
  return make("section", {}, title, called, linked, alarm, make("p", { className: "soft" }, shown(numbers)));
}

// What to say next.

function nextPart(customer, playbook) {
  const channels = Object.entries(playbook.channels).map(([name, direction]) => make("option", { value: name }, `${name} (${direction})`));
  const channel = make("select", { id: "channel" }, make("option", { value: "" }, "here, no channel"), ...channels);
  const answers = make("div", { id: "next" });
  const refresh = () => told(() => drawNext(customer, channel.value, answers));
  channel.addEventListener("change", refresh);
  refresh();
  return make("section", {}, make("h2", {}, "What to say next"), make("label", {}, "Channel", channel), answers);
}

async function drawNext(customer, channel, answers) {
  const query = channel ? `?k=5&channel=${encodeURIComponent(channel)}` : "?k=5";
  const slate = await ask(pathOf(customer, `/actions${query}`));
  const answered = performance.now();
  const now = () => new Date(Date.parse(slate.decided_at) + performance.now() - answered).toISOString(); // the server's time
  const cards = slate.actions.map(action => drawAction(customer, slate, action, channel, now));
  const nothing = slate.because || (slate.next_at ? `nothing until ${shown(slate.next_at)}` : "nothing is worth saying now");
  answers.replaceChildren(...(cards.length ? cards : [make("p", { id: "nothing" }, nothing)]));
}

function drawAction(customer, slate, action, channel, now) {
  const about = { decision_id: slate.decision_id, rank: action.rank };
  const event = more => {
    const head = { source: "console", event_id: newId(), occurred_at: now(), customer_id: customer };
    return { ...head, ...(channel ? { channel } : {}), ...about, ...more };
  };
  const report = outcome => async () => {
    const events = [event({ type: "impression" })];
    if (outcome) events.push(event({ type: "response", outcome }));
    await ask("v1/events", { verb: "POST", body: events });
    await open(customer);
    say(outcome ? `Noted: ${outcome}.` : "Noted as said.", "ok");
  };
  const facts = { kind: words(action.kind), price: action.price && `${action.price} ${action.currency ?? ""}`, worth: action.expected_value };
  facts["due at"] = action.due_at;
  facts["not after"] = action.deadline_at;
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  const receipt = make("pre", { hidden: true });
  const why = async () => {
    receipt.textContent = JSON.stringify(await ask(`v1/decisions/${encodeURIComponent(action.receipt)}`), null, 2);
    receipt.hidden = false;
  };
  const does = [button("Said", report(null)), button("Accepted", report("accepted")), button("Declined", report("dismissed")), button("Receipt", why)];
  return make(
    "div",
    { className: "card action" },
    make("div", { className: "said" }, [action.name, action.text].filter(Boolean).join(": ") || words(action.action)),
    make("div", {}, action.reason.text),
    make("div", { className: "soft" }, `${action.action}; ${shown(known)}`),
    make("div", { className: "row" }, ...does),
    receipt,
  );
}

// Why not.

function actionInput(playbook, id) {
  const list = make("datalist", { id: `${id}-names` }, ...playbook.actions.map(one => make("option", { value: one.id ?? one.action })));
  const input = make("input", { id });
  input.setAttribute("list", list.id);
  return make("label", {}, "Action", input, list);
}

function whyNotPart(customer, playbook) {
  const answers = make("div", { id: "why-not-answers" });
  const item = make("input", { id: "why-not-item" });
  const form = make("form", { id: "why-not" }, actionInput(playbook, "why-not-action"), make("label", {}, "Item id", item), make("button", {}, "Why not?"));
  form.addEventListener("submit", event => {
    event.preventDefault();
    told(async () => {
      const query = new URLSearchParams({ channel: byId("channel").value, action: byId("why-not-action").value.trim(), item_id: item.value.trim() });
      for (const [name, value] of [...query]) if (!value) query.delete(name);
      const said = await ask(pathOf(customer, `/why-not?${query}`));
      answers.replaceChildren(tableOf(said.explanations));
      say("");
    });
  });
  return make("section", {}, make("h2", {}, "Why not?"), form, answers);
}

// Overruling.

const KINDS = { suppress: "keep out", pin: "put first", boost: "worth more or less, times", hold_all: "say nothing at all", goodwill: "grant goodwill of" };

function overridesPart(customer, playbook) {
  const list = make("div", { id: "overrides" });
  told(() => drawOverrides(customer, list));
  const kind = make("select", { id: "kind" }, ...Object.entries(KINDS).map(([value, text]) => make("option", { value }, text)));
  const field = (id, text, given = {}) => make("label", {}, text, make("input", { id, ...given }));
  const form = make(
    "form",
    { id: "overrule" },
    make("label", {}, "What", kind),
    actionInput(playbook, "overrule-action"),
    field("overrule-item", "Item id"),
    field("overrule-amount", "Amount", { inputMode: "decimal", size: 6 }),
    field("overrule-reason", "Why", { required: true, size: 30 }),
    field("overrule-until", "Until the end of", { type: "date" }),
    make("button", {}, "Overrule"),
  );
  form.addEventListener("submit", event => {
    event.preventDefault();
    told(() => overrule(customer));
  });
  return make("section", {}, make("h2", {}, "Overruled"), list, form);
}

async function drawOverrides(customer, list) {
  const held = (await ask(pathOf(customer, "/overrides"))).overrides;
  const names = ["kind", "action", "item", "amount", "reason", "author", "said_at", "expires_at"];
  const end = one => button("End", async () => {
    const query = new URLSearchParams(authorOf() ? { author: authorOf() } : {});
    await ask(pathOf(customer, `/overrides/${encodeURIComponent(one.event_id)}?${query}`), { verb: "DELETE" });
    await open(customer);
    say("Ended.", "ok");
  });
  list.replaceChildren(held.length ? tableOf(held, names, end) : make("p", { className: "soft" }, "nothing"));
}

const authorOf = () => byId("author").value.trim();

/* The end of a day where the staff is. */
const endOf = day => new Date(`${day}T23:59:59`).toISOString();

async function overrule(customer) {
  if (!authorOf()) throw new Error("Say who you are, above: colleagues and receipts read it.");
  const value = name => byId(`overrule-${name}`).value.trim();
  const body = { kind: byId("kind").value, author: authorOf(), reason: value("reason"), event_id: newId() };
  if (value("action")) body.action = value("action");
  if (value("item")) body.item_id = value("item");
  if (value("amount")) body.amount = value("amount");
  if (value("until")) body.expires_at = endOf(value("until"));
  await ask(pathOf(customer, "/overrides"), { verb: "POST", body });
  await open(customer);
  say("Overruled; the next decision obeys.", "ok");
}

// What is known.

function dealingsParts(dealings) {
  return Object.entries(dealings)
    .filter(([name]) => name !== "overrides")
    .map(([name, value]) => {
      const rows = Array.isArray(value) ? tableOf(value) : make("p", {}, shown(value));
      return make("section", { id: `dealings-${name}` }, make("h2", {}, words(name)), rows);
    });
}

function holdingsPart(page) {
  return make("section", { id: "holdings" }, make("h2", {}, "Owned"), tableOf(page.holdings));
}

function historyPart(page) {
  const HIDDEN = ["type", "source", "event_id", "occurred_at", "customer_id", "schema_version", "channel"];
  const rowOf = ({ event }) => {
    const rest = Object.fromEntries(Object.entries(event).filter(([name]) => !HIDDEN.includes(name)));
    return { when: event.occurred_at, what: words(event.type), channel: event.channel, said: rest, from: `${event.source}/${event.event_id}` };
  };
  const names = ["when", "what", "channel", "said", "from"];
  const table = tableOf(page.history.map(rowOf), names);
  const section = make("section", { id: "history" }, make("h2", {}, "History, newest first"), table);
  let cursor = page.next_cursor;
  const more = button("Older", async () => {
    const next = await ask(pathOf(page.customer_id, `?limit=${SHOWN_EVENTS}&cursor=${cursor}`));
    table.querySelector("tbody").append(...tableOf(next.history.map(rowOf), names).querySelectorAll("tbody tr"));
    cursor = next.next_cursor;
    more.hidden = !cursor;
  });
  more.hidden = !cursor;
  section.append(more);
  return section;
}

// The page.

byId("who").addEventListener("submit", event => event.preventDefault());
byId("find").addEventListener("submit", event => {
  event.preventDefault();
  told(() => find(byId("asked").value.trim()));
});

/* The address may name a customer, so that other programs can open the page of one: /console#C-42 */
function openNamed() {
  const named = decodeURIComponent(location.hash.slice(1));
  if (!named || named === opened) return;
  byId("asked").value = named;
  if (byId("key").value) told(() => open(named));
}
addEventListener("hashchange", openNamed);
openNamed();
