"use strict";
// Asks before words that are not saved are left behind. The page works without this file: its buttons save.

for (const form of document.querySelectorAll("form[data-asks]")) {
  let unsaved = "unsaved" in form.dataset; // what the page shows was typed before, and is not saved yet

  form.addEventListener("input", () => {
    unsaved = true;
  });
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
