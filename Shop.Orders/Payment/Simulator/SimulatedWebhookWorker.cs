using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Orders.Data;

namespace Shop.Orders.Payment.Simulator;

/// <summary>
/// Simulates customers who confirm or decline a payment with their bank, and sends the webhooks of the provider until they are processed.
/// </summary>
internal sealed class SimulatedWebhookWorker(
    IServiceScopeFactory scopes,
    IOptions<SimulatorOptions> options,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<SimulatedWebhookWorker> log) : BackgroundService
{
    private const int BatchSize = 20;

    // The delay after which a failed webhook and the rest of its batch are retried.
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SendDueWebhooksAsync(source, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.WebhookDeliveryFailed(exception);
            }
        }
    }

    private async Task SendDueWebhooksAsync(ActivitySource source, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        foreach (var payment in await ClaimAsync(db, cancellationToken))
        {
            using var activity = source.StartActivity("send payment webhook");
            await scope.ServiceProvider.GetRequiredService<SimulatedWebhookSender>().SendAsync(payment, cancellationToken);
        }
    }

    private async Task<List<SimulatedPayment>> ClaimAsync(OrdersDbContext db, CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        var now = time.GetUtcNow();
        return await ClaimAsync(db, now, now + _retryDelay, cancellationToken);
    }

    internal static Task<List<SimulatedPayment>> ClaimAsync(
        OrdersDbContext db, DateTimeOffset now, DateTimeOffset retryAt, CancellationToken cancellationToken) =>
        db.SimulatedPayments.FromSql(
            $"""
             update simulated_payments set
                 outcome = case
                     when outcome <> {nameof(SimulatedPaymentOutcome.Pending)} then outcome
                     when reason is null then {nameof(SimulatedPaymentOutcome.Accepted)}
                     else {nameof(SimulatedPaymentOutcome.Declined)} end,
                 webhook_due_at = {retryAt}
             where order_id in (
                 select order_id from simulated_payments where webhook_due_at <= {now}
                 order by webhook_due_at limit {BatchSize} for update skip locked)
             returning *
             """).AsNoTracking().ToListAsync(cancellationToken);
}
