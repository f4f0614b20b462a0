// Reports browser events to /events (docs/browser-events.md).
const now = () => performance.now();
let page, path, token, number, openedAt, cause, timer, clicked = "", queue = [], errors = 0;

function start() {
  page = Math.random().toString(16).slice(2, 14).padEnd(12, 0);
  path = location.pathname.slice(0, 512);
  token = document.querySelector("meta[name=shop-page]")?.content;
  number = 0;
  openedAt = now();
  cause = "other";
  name("");
}

// For the request that the click causes.
function name(click) {
  document.cookie = `shop-click=${click};path=/;samesite=strict;max-age=10`;
}

function flush() {
  timer = clearTimeout(timer);
  const events = queue.splice(0).map(({ at, ...event }) => ({ ...event, age: now() - at }));
  if (!events.length) return;
  navigator.sendBeacon("/events", new Blob([JSON.stringify({ page, token, path, events })], { type: "application/json" }));
}

function add(type, fields) {
  if (number < 256) queue.push({ number: number++, type, at: now(), ...fields });
  if (queue.length > 19) flush();
  timer ??= setTimeout(flush, 5000);
}

function leaveBy(name) {
  cause = name;
  setTimeout(() => cause = "other", 3e4);
}

function follow(cause) {
  leaveBy(cause);
  name(token + clicked);
}

function target(url) {
  const address = new URL(url, location);
  return address.origin === location.origin ? address.pathname.slice(0, 512) : "external";
}

start();
addEventListener("click", ({ target }) => {
  const name = target.closest?.("[data-shop-action]")?.dataset.shopAction;
  clicked = name ? `.${page}.${number}.${name}` : "";
  if (name) add("click", { name });
  if (target.closest?.("a[href]")) follow("link");
}, true);
addEventListener("submit", () => follow("form"), true);
self.navigation?.addEventListener("navigate", e => {
  if (e.destination.sameDocument || e.downloadRequest !== null) return;
  const type = e.navigationType;
  if (type === "traverse" || type === "reload") leaveBy(type);
  else if (!e.userInitiated) {
    leaveBy("script");
    add("redirect", { target: target(e.destination.url) });
  }
});

function fail(name, url) {
  if (errors++ > 9) return;
  add("error", {
    name: /^[A-Z][A-Za-z]{0,39}(Error|Exception)$/.test(name) ? name : "Error",
    target: url ? target(url)[0] === "/" ? "own" : "external" : "unknown"
  });
}
addEventListener("error", ({ target, error, filename }) => {
  if (target === self) fail(error?.name, filename);
  else fail(target.tagName[0] + target.localName.slice(1) + "LoadError", target.src ?? target.href);
}, true);
addEventListener("unhandledrejection", e => fail(e.reason?.name));

// web.dev/vitals
let lcp, cls, sum, first, last, measured;
const inputs = new Map();
function observe(type, handle) {
  if (PerformanceObserver.supportedEntryTypes.includes(type)) {
    new PerformanceObserver(list => list.getEntries().forEach(handle)).observe({ type, buffered: true, durationThreshold: 16 });
    return 0;
  }
}
if (!document.hidden) observe("largest-contentful-paint", e => lcp = e.startTime);
cls = observe("layout-shift", e => {
  if (e.hadRecentInput) return;
  if (!(e.startTime - last < 1e3 && e.startTime - first < 5e3)) [sum, first] = [0, e.startTime];
  last = e.startTime;
  cls = Math.max(cls ?? 0, sum += e.value);
});
observe("event", ({ interactionId: id, duration }) => id && inputs.set(id, Math.max(inputs.get(id) ?? 0, duration)));
function measure() {
  const inp = [...inputs.values()].sort((a, b) => b - a)[inputs.size / 50 | 0];
  for (const [name, value] of Object.entries({ lcp, cls, inp })) {
    if (value >= 0 && !measured) add("vital", { name, value });
  }
  measured = true;
  flush();
}

addEventListener("visibilitychange", () => document.hidden && measure());
addEventListener("pagehide", () => {
  add("leave", { name: cause, value: Math.min(now() - openedAt, 864e5) });
  measure();
});
addEventListener("pageshow", e => {
  if (!e.persisted) return;
  lcp = cls = measured = undefined;
  inputs.clear();
  start();
  add("restore");
});
