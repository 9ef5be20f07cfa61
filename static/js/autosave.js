"use strict";
// Saves a draft while somebody writes it, and asks before words that are not saved are left behind.
// The page works without this file: its buttons save.

const PAUSE = 2000; // milliseconds after the last keystroke
const AGAIN = 10000; // milliseconds before the next try, when a save did not come through

const form = document.querySelector("form[data-autosave]");
if (form) {
  const status = document.getElementById("autosave");
  let unsaved = false;
  let saving = false;
  let timer = 0;

  const say = (words) => {
    status.textContent = words;
  };

  // What could not be saved is kept on the server: the next save, by whichever button, takes its place.
  const keepAt = (key) => {
    if (!key) return;
    const address = new URL(form.action);
    address.searchParams.set("kept", key);
    form.action = address.href;
  };

  const saveAfter = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  };

  // One save at a time: the next one carries the edition and the fingerprints that this one brings back.
  const save = async () => {
    if (saving || !unsaved) return;
    saving = true;
    unsaved = false;
    let next = 0;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Autosave": "1" },
        redirect: "manual",
      });
      const said = await answer.json();
      keepAt(answer.headers.get("X-Kept"));
      if (answer.ok) {
        form.elements.edition.value = said.edition;
        form.elements.shown.value = said.shown;
      } else {
        unsaved = true; // only the button can settle it: the page then shows what is wrong
        next = -1;
      }
      say(said.words);
    } catch {
      unsaved = true;
      next = AGAIN;
      say(form.dataset.failed);
    }
    saving = false;
    if (unsaved && next >= 0) saveAfter(next || PAUSE);
  };

  form.addEventListener("input", () => {
    unsaved = true;
    say(form.dataset.writing);
    saveAfter(PAUSE);
  });
  form.addEventListener("submit", () => {
    unsaved = false;
    clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved || saving) event.preventDefault();
  });
}
