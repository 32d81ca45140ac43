/* The demo page shows the clinic that the settings describe; without an answer it stays as it is. */
const fill = {
  name: (node, clinic) => (node.textContent = clinic.name),
  phone: (node, clinic) => (node.textContent = clinic.phone_display),
  emergency: (node, clinic) => (node.textContent = clinic.emergency_number),
  "phone-link": (node, clinic) => (node.href = `tel:${clinic.phone}`),
  "emergency-link": (node, clinic) => (node.href = `tel:${clinic.emergency_number}`),
  simulator: (node, clinic) => (node.hidden = !clinic.texting_simulated),
  "open-state": (node, clinic) => (node.textContent = clinic.open_now ? "We are open now." : "We are closed right now."),
};

const response = await fetch("/api/v1/clinic");
if (response.ok) show(await response.json());

function show(clinic) {
  for (const node of document.querySelectorAll("[data-clinic]")) fill[node.dataset.clinic](node, clinic);
  document.title = `${clinic.name} (a demo)`;
}
