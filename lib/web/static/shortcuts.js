// Keyboard shortcuts: keys become clicks on what the page has. See lib/web/shortcuts.py.

const WAIT = 1500; // milliseconds that "g" waits for the page's key
const MOUNTED = 500; // milliseconds that a new drawing of the page may take to mount the component anew

let known; // what each key means, as lib/web/shortcuts.py says it
let since; // when "g" was pressed
let leaving;

// Whether a key pressed there is meant for what is there: text, a list, a chart's menu, a dialog.
function taken(target) {
  if (document.querySelector('dialog[open], [role="dialog"], [role="listbox"]')) return true;
  const holds = 'input:not([type="radio"]):not([type="checkbox"]):not([type="button"]), textarea, select, canvas, '
    + '[contenteditable=""], [contenteditable="true"], [role="textbox"], [role="combobox"], [role="menu"], [role="grid"]';
  return target instanceof Element && target.closest(holds) !== null;
}

const filters = (role) => [...document.querySelectorAll(`.st-key-filters ${role}`)];

// The choice among the filters that reads so: a radio inside its label, or a button with that role.
function choose(text) {
  const found = filters('[role="radio"], input[type="radio"], button').find(
    (each) => (each.closest("label") ?? each).textContent.trim() === text || each.getAttribute("aria-label") === text,
  );
  found?.click();
  return found !== undefined;
}

// The comparison after the one that is chosen; after the last the first again.
function compare() {
  const all = filters('[class*="st-key-compare"] button, [class*="st-key-compare"] [role="radio"]');
  const now = all.findIndex((each) => (each.getAttribute("aria-checked") ?? each.getAttribute("aria-pressed")) === "true");
  all[(now + 1) % all.length]?.click();
  return all.length > 0;
}

function search() {
  const found = document.querySelector('.stMain input[type="search"], .stMain [class*="st-key-q"] input');
  found?.focus();
  return found !== null;
}

// Follows the menu's own link, so that the account and all that was chosen come along.
function open(path) {
  const links = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')];
  const found = links.find((each) => new URL(each.href).pathname === `/${path}`);
  found?.click();
  return found !== undefined;
}

function show() {
  const before = document.activeElement;
  const dialog = document.createElement("dialog");
  dialog.className = "pl-keys";
  dialog.setAttribute("aria-labelledby", "pl-keys-title");
  dialog.innerHTML =
    '<h2 id="pl-keys-title" tabindex="-1" autofocus>Keyboard shortcuts</h2>' +
    `<dl>${known.list}</dl><p>They can be switched off in Settings, under Account.</p>` +
    '<form method="dialog"><button>Close</button></form>';
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
  });
  document.querySelector(".stApp").append(dialog);
  dialog.showModal();
  return true;
}

function meant(key, after) {
  if (after) return key in known.pages && open(known.pages[key]);
  if (key in known.ranges) return choose(known.ranges[key]);
  if (key in known.intervals) return choose(known.intervals[key]);
  return { c: compare, "/": search, "?": show }[key]?.() ?? false;
}

function pressed(event) {
  if (!known || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (taken(event.composedPath()[0])) return;
  const after = since !== undefined && Date.now() - since < WAIT;
  since = undefined;
  if (event.key === "g" && !after) {
    since = Date.now();
    stop(event);
  } else if (meant(event.key, after)) {
    stop(event);
  }
}

// Streamlit has keys of its own ("c" clears its caches, "r" reruns): one key does one thing.
function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

export default function ({ data }) {
  clearTimeout(leaving);
  known = data;
  window.addEventListener("keydown", pressed, true); // the same listener again is no second one
  return () => {
    leaving = setTimeout(() => {
      known = undefined;
      window.removeEventListener("keydown", pressed, true);
    }, MOUNTED);
  };
}
