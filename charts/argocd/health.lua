-- Argo CD: resource.customizations.health.midregistrar.dev_MidRegistrar
local health = { status = "Progressing", message = "the operator has not looked at it yet" }
local status = obj.status
if status == nil or status.conditions == nil then
  return health
end
if status.observedGeneration ~= obj.metadata.generation then
  health.message = "the operator has not looked at its last change yet"
  return health
end
local holds = {}
for _, condition in ipairs(status.conditions) do
  holds[condition.type] = condition
end
local function is(name, value)
  return holds[name] ~= nil and holds[name].status == value
end
if is("Ready", "True") then
  return { status = "Healthy", message = holds.Ready.message }
end
-- Before the look at replicas: what ran before a refused change goes on.
if is("Stalled", "True") then
  return { status = "Degraded", message = holds.Stalled.message }
end
if obj.spec.replicas == 0 then
  return { status = "Suspended", message = "replicas is 0" }
end
if is("Reconciling", "True") then
  return { status = "Progressing", message = holds.Reconciling.message }
end
if holds.Ready ~= nil then
  return { status = "Degraded", message = holds.Ready.message }
end
return health
