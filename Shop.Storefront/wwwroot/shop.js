// Follows an order: replaces the status on its page until the order is final. Without this script the page reloads itself.
const status = document.querySelector("[data-order-status]");
if (status) {
  let delay = 700;
  const isFinal = () => status.querySelector("[data-final='true']");
  const poll = async () => {
    try {
      const response = await fetch(status.dataset.orderStatus, { headers: { "X-Requested-With": "fetch" } });
      if (response.status === 200) {
        const html = await response.text();
        const next = new DOMParser().parseFromString(html, "text/html").querySelector(".order");
        const current = status.querySelector(".order");
        // Unchanged content stays, so that neither the focus nor a screen reader jumps.
        if (next && next.dataset.status !== current?.dataset.status) {
          status.replaceChildren(next);
          document.getElementById("order-announcement").textContent = next.querySelector("h1").textContent;
        }
      }
    } catch {
      // The next attempt may succeed.
    }

    delay = Math.min(delay * 1.3, 5000);
    if (!isFinal()) {
      setTimeout(poll, delay);
    }
  };
  if (!isFinal()) {
    setTimeout(poll, delay);
  }
}

// An error summary takes the focus, so that its links are the next thing to reach.
document.getElementById("error-summary")?.focus();
