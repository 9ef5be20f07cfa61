"use strict";
// Hides a question that another answer makes needless, unless it is answered. The page works without this file: the
// condition stands in words beside the question, and the server asks for nothing else.

for (const field of document.querySelectorAll("[data-only-if]")) {
  const [name, choice] = field.dataset.onlyIf.split("=");
  const other = field.form.elements[name];
  const place = document.getElementById(`div_${field.id}`);
  if (!other || !place) continue;

  const show = () => {
    place.hidden = other.value !== choice && !field.value;
  };

  other.addEventListener("input", show);
  show();
}
