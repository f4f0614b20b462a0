using Shop.Telemetry.Hosting;

namespace Shop.Orders.Payment.Simulator;

/// <summary>The time at which this replica sends the next webhooks.</summary>
internal sealed class SimulatedWebhookTime(TimeProvider time) : DueTime(time);
