// Before anything is drawn: the colours that were chosen last, where the browser keeps any.
document.documentElement.dataset.theme = "system";
try {
  document.documentElement.dataset.theme = localStorage.getItem("angel-theme") ?? "system";
} catch {}
