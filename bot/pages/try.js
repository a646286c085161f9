// The page works without this. With it, the talk scrolls to the newest message and new ones appear by themselves.
const talk = document.getElementById("talk");
talk.scrollTop = talk.scrollHeight;

setInterval(async () => {
  const answer = await fetch("/try");
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("talk");
  if (fresh.children.length !== talk.children.length) {
    talk.replaceChildren(...fresh.children);
    talk.scrollTop = talk.scrollHeight;
  }
}, 3000);
