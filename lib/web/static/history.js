// One act of the reader, one entry in the browser's history. Streamlit adds an entry each time that a script writes the
// address, so that a visit to a page left several, and Back had to be pressed as often. Here the first entry after a
// click or a key is kept; what the page writes by itself from then on changes that entry.
if (!window.plimsollHistory) {
  window.plimsollHistory = true;
  let acted = false;
  const act = () => { acted = true; };
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, act, { capture: true });
  window.addEventListener("popstate", () => { acted = false; }, { capture: true });
  const add = window.history.pushState;
  window.history.pushState = function (...given) {
    const change = acted ? add : this.replaceState;
    acted = false;
    return change.apply(this, given);
  };
}
