"use strict";
// Shows how many characters are left while somebody writes. The page works without this file: each limit stands in
// words beside its question, and the server counts.

const PAUSE_TO_READ = 1000; // milliseconds after the last keystroke: who hears the page hears the number then

for (const field of document.querySelectorAll("[data-limit]")) {
  const { left, over } = field.form.dataset;
  if (!left) continue;
  const shown = document.createElement("p");
  const heard = document.createElement("p");
  shown.className = "form-text limit";
  shown.setAttribute("aria-hidden", "true");
  heard.className = "visually-hidden";
  heard.setAttribute("aria-live", "polite");
  field.after(shown, heard);
  let timer = 0;

  const count = () => {
    const rest = Number(field.dataset.limit) - [...field.value].length;
    shown.textContent = `${rest < 0 ? over : left} ${Math.abs(rest).toLocaleString(document.documentElement.lang)}`;
    shown.classList.toggle("over", rest < 0);
  };

  field.addEventListener("input", () => {
    count();
    clearTimeout(timer);
    timer = setTimeout(() => {
      heard.textContent = shown.textContent;
    }, PAUSE_TO_READ);
  });
  count();
}
