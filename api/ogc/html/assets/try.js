// Sends the request that the form of an operation describes and shows the answer.
"use strict";

const SHOWN_CHARACTERS = 20000;

/** URL of an operation with the values of its form. */
function addressOf(operation) {
  let path = operation.dataset.path;
  const query = new URLSearchParams();
  for (const input of operation.querySelectorAll("input")) {
    if (input.dataset.in === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    } else if (input.value !== "" && input.name === "fields") {
      for (const [name, value] of new URLSearchParams(input.value)) query.append(name, value);
    } else if (input.value !== "" && input.dataset.in !== "header") {
      query.append(input.name, input.value);
    }
  }
  const text = query.toString();
  return operation.closest("[data-base]").dataset.base + path + (text ? `?${text}` : "");
}

/** Method, headers and body that the form of an operation describes. */
function optionsOf(operation) {
  const headers = {};
  for (const input of operation.querySelectorAll('input[data-in="header"]')) {
    if (input.value !== "") headers[input.name] = input.value;
  }
  const body = operation.querySelector("textarea");
  if (!body || body.value === "") return { method: operation.dataset.method, headers };
  headers["Content-Type"] = body.dataset.media;
  return { method: operation.dataset.method, headers, body: body.value };
}

async function send(event) {
  event.preventDefault();
  const operation = event.target.closest(".operation");
  const answer = operation.querySelector(".answer");
  const address = addressOf(operation);
  operation.querySelector(".address").textContent = address;
  answer.hidden = false;
  answer.textContent = "…";
  try {
    const response = await fetch(address, optionsOf(operation));
    const text = (await response.text()).slice(0, SHOWN_CHARACTERS);
    answer.textContent = `${response.status} ${response.headers.get("content-type")}\n\n${text}`;
  } catch (error) {
    answer.textContent = String(error);
  }
}

for (const form of document.querySelectorAll(".operation form")) {
  form.addEventListener("submit", send);
}
