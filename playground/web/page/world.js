// The world as one person sees it, and what that person does in it. Whoever listens to "changed" draws.

export const world = new EventTarget();
world.state = null;
world.me = sessionStorage.getItem("me") ?? "";
world.here = sessionStorage.getItem("here") ?? "";

const TROUBLE = "The playground does not answer. Is it still running?";
let asking = false, again = false;

export async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    do {
      again = false;
      const query = new URLSearchParams({ me: world.me, here: world.here });
      const answer = await fetch(`/state?${query}`).catch(() => null);
      if (!answer?.ok) { await lost(answer); break; }
      const state = await answer.json();
      if (again && query.get("here") !== world.here) continue;
      world.state = state;
      world.me = state.me;
      world.here = state.here.id;
      world.dispatchEvent(new Event("changed"));
    } while (again);
  } finally { asking = false; }
}

async function lost(answer) {
  if (answer?.status === 400 && world.me) {  // another playground was here before, with other people
    world.me = world.here = "";
    again = true;
    setTimeout(refresh);
  }
  world.dispatchEvent(new CustomEvent("trouble", { detail: answer ? await answer.text() : TROUBLE }));
}

export function go(place) {
  world.here = place;
  sessionStorage.setItem("here", place);
  return refresh();
}

export function become(person) {
  world.me = person;
  sessionStorage.setItem("me", person);
  return refresh();
}

// Posts a form; fields may hold texts, files, and lists of both. Throws an Error with a sentence.
async function post(address, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const entry of Array.isArray(value) ? value : [value]) if (entry !== undefined && entry !== null) form.append(name, entry);
  }
  const answer = await fetch(address, { method: "POST", body: form }).catch(() => null);
  if (!answer) throw new Error(TROUBLE);
  if (answer.status === 413) throw new Error("This is too large: 60 MB is the most that can be sent at once.");
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

// What a person does. A form that opens as the answer is told to whoever listens to "form".
export async function action(name, fields) {
  const answer = await post(`/action/${name}`, { me: world.me, ...fields });
  if (answer.form) world.dispatchEvent(new CustomEvent("form", { detail: answer.form }));
  return answer;
}

export const backstage = (name, fields) => post(`/backstage/${name}`, fields);

export const channels = () => [...world.state.servers.flatMap((server) => server.channels), ...world.state.direct];
export const places = () => channels().flatMap((channel) => [channel, ...channel.threads]);
export const server = () => world.state.servers.find((guild) => guild.channels.some((channel) => channel.id === world.here || channel.threads.some((thread) => thread.id === world.here)));
export const file = (url) => `${url}?me=${world.me}`;

export function say(sentence) {
  world.dispatchEvent(new CustomEvent("trouble", { detail: sentence }));
}

// Runs what a button does; what goes wrong is said.
export async function attempt(what) {
  try { return await what(); } catch (error) { say(error.message); return null; }
}
