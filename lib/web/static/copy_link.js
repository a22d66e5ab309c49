// Copies the address of the page, with what it leaves unsaid filled in. See lib/web/views.py.

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const said = parentElement.querySelector("[role=status]");
  const field = parentElement.querySelector("input");

  function address() {
    const found = new URL(location.href);
    for (const [name, value] of Object.entries(data.add)) {
      if (!found.searchParams.has(name)) found.searchParams.set(name, value);
    }
    return found.href;
  }

  async function copy() {
    const text = address();
    try {
      await navigator.clipboard.writeText(text); // there only on https and on this machine itself
      field.hidden = true;
      said.textContent = "Link copied.";
    } catch {
      field.hidden = false;
      field.value = text;
      field.focus();
      field.select();
      said.textContent = "Copy the link from the field.";
    }
  }

  button.addEventListener("click", copy);
  return () => button.removeEventListener("click", copy);
}
