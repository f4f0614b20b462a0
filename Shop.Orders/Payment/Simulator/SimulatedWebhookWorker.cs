using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Orders.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Orders.Payment.Simulator;

/// <summary>
/// Simulates customers who confirm or decline a payment with their bank, and sends the webhooks of the provider until they are processed.
/// One that fails is sent again with growing delays, and stops no other.
/// </summary>
internal sealed class SimulatedWebhookWorker(
    IServiceScopeFactory scopes,
    IOptions<SimulatorOptions> options,
    SimulatedWebhookTime next,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<SimulatedWebhookWorker> log)
    : DueWorker(options.Value.PollInterval, time, host, next)
{
    private static readonly TimeSpan _sendTimeout = TimeSpan.FromSeconds(10);

    // Longer than one attempt takes, so that no two replicas send the same webhook.
    private static readonly TimeSpan _leaseDuration = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan _initialDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromMinutes(10);

    protected override async Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
    {
        while (await ClaimAsync(cancellationToken) is { } payment)
        {
            await SendAsync(payment, cancellationToken);
        }

        return await FindNextAsync(cancellationToken);
    }

    protected override void OnError(Exception exception) => log.WebhookCheckFailed(exception);

    /// <summary>Claims the payment whose webhook is due for the longest time, if any.</summary>
    internal static async Task<SimulatedPayment?> ClaimAsync(
        OrdersDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken cancellationToken) =>
        (await db.SimulatedPayments.FromSql(
            $"""
             update simulated_payments set
                 outcome = case
                     when outcome <> {nameof(SimulatedPaymentOutcome.Pending)} then outcome
                     when reason is null then {nameof(SimulatedPaymentOutcome.Accepted)}
                     else {nameof(SimulatedPaymentOutcome.Declined)} end,
                 webhook_due_at = {leaseEnd},
                 webhook_attempts = webhook_attempts + 1
             where order_id = (
                 select order_id from simulated_payments where webhook_due_at <= {now}
                 order by webhook_due_at limit 1 for update skip locked)
             returning *
             """).AsNoTracking().ToListAsync(cancellationToken)).SingleOrDefault();

    /// <summary>Returns the time at which the next webhook is due, if any.</summary>
    internal static Task<DateTimeOffset?> FindNextAsync(OrdersDbContext db, CancellationToken cancellationToken) =>
        db.SimulatedPayments.MinAsync(payment => payment.WebhookDueAt, cancellationToken);

    private async Task<DateTimeOffset?> FindNextAsync(CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        return await FindNextAsync(scope.ServiceProvider.GetRequiredService<OrdersDbContext>(), cancellationToken);
    }

    private async Task<SimulatedPayment?> ClaimAsync(CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var now = Time.GetUtcNow();
        return await ClaimAsync(db, now, now + _leaseDuration, cancellationToken);
    }

    private async Task SendAsync(SimulatedPayment payment, CancellationToken cancellationToken)
    {
        using var activity = ActivitySource.StartActivity("send payment webhook");
        using var timeout = new CancellationTokenSource(_sendTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            await scope.ServiceProvider.GetRequiredService<SimulatedWebhookSender>().SendAsync(payment, either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var delay = RetryDelay.Get(payment.WebhookAttempts, _initialDelay, _maxDelay);
            log.WebhookDeliveryFailed(payment.OrderId, payment.WebhookAttempts, delay, exception);
            var (db, dueAt) = (scope.ServiceProvider.GetRequiredService<OrdersDbContext>(), Time.GetUtcNow() + delay);
            // Not for a payment that was reversed meanwhile.
            await db.SimulatedPayments.Where(failed => failed.OrderId == payment.OrderId && failed.WebhookDueAt != null).ExecuteUpdateAsync(
                set => set.SetProperty(failed => failed.WebhookDueAt, dueAt), cancellationToken);
        }
    }
}
