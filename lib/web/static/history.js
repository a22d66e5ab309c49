// One act of the reader, one entry in the browser's history. Streamlit adds an entry each time that a script writes the
// address, so that a visit to a page left several, and Back had to be pressed as often. Here the first entry after a
// click or a key is kept; what the page writes by itself from then on changes that entry.
//
// Switch and voice control click without a pointer or a key. A click that follows one is no act of its own, nor is one
// that the page itself makes to close its menu.
if (!window.plimsollHistory) {
  window.plimsollHistory = true;
  const soon = 500; // milliseconds
  let acted = false;
  let touched = -Infinity;
  const listen = (names, hear) => {
    for (const name of names) window.addEventListener(name, hear, { capture: true });
  };
  listen(["pointerdown", "keydown"], () => { acted = true; });
  listen(["pointerdown", "pointerup", "keydown", "keyup"], (event) => { touched = event.timeStamp; });
  listen(["click"], (event) => {
    const alone = event.timeStamp - touched > soon;
    if (alone && !event.target.closest?.("[data-testid=stSidebarCollapseButton]")) acted = true;
  });
  listen(["popstate"], () => { acted = false; });
  const add = window.history.pushState;
  window.history.pushState = function (...given) {
    // The entry that is left is marked: the server must know that somebody comes back to it, or it would carry over what
    // was chosen on the other page.
    if (acted) {
      const left = new URL(window.location.href);
      left.searchParams.set("seen", "1");
      this.replaceState(this.state, "", left);
    }
    const change = acted ? add : this.replaceState;
    acted = false;
    return change.apply(this, given);
  };
}
