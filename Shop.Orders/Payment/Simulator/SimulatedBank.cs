using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Contracts;
using Shop.Orders.Payment.CallBack;
using Shop.Orders.Storage;

namespace Shop.Orders.Payment.Simulator;

/// <summary>The buyers' bank: where they confirm a payment or refuse it, whereupon the provider tells the shop, until the shop has heard.</summary>
internal sealed class SimulatedBank(
    IServiceScopeFactory scopes, IOptions<SimulatorOptions> options, TimeProvider time, IHostEnvironment host, ILogger<SimulatedBank> log) : BackgroundService
{
    private const int Batch = 20;

    // A call-back that was not heard is made again after this, and with it those that had to wait for it.
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        using var timer = new PeriodicTimer(options.Value.LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CallBackAsync(source, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.CallBackFailed(exception);
            }
        }
    }

    private async Task CallBackAsync(ActivitySource source, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        foreach (var payment in await ClaimAsync(scope.ServiceProvider.GetRequiredService<OrdersDb>(), cancellationToken))
        {
            using var activity = source.StartActivity("bank confirms payment");
            await scope.ServiceProvider.GetRequiredService<CallingBack>().CallAsync(payment, cancellationToken);
        }
    }

    private async Task<List<SimulatedPayment>> ClaimAsync(OrdersDb db, CancellationToken cancellationToken)
    {
        using var silence = SuppressInstrumentationScope.Begin();
        var now = time.GetUtcNow();
        return await ClaimAsync(db, now, now + _again, cancellationToken);
    }

    internal static Task<List<SimulatedPayment>> ClaimAsync(OrdersDb db, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        db.SimulatedPayments.FromSql(
            $"""
             update simulated_payments set
                 outcome = case when outcome <> {nameof(PaymentOutcome.Pending)} then outcome
                     when reason is null then {nameof(PaymentOutcome.Accepted)} else {nameof(PaymentOutcome.Declined)} end,
                 call_back_at = {until}
             where order_id in (
                 select order_id from simulated_payments where call_back_at <= {now} order by call_back_at limit {Batch} for update skip locked)
             returning *
             """).AsNoTracking().ToListAsync(cancellationToken);
}

/// <summary>Tells the shop about one payment, and remembers that it has heard.</summary>
internal sealed class CallingBack(
    HttpClient http,
    OrdersDb db,
    IServer server,
    IConfiguration configuration,
    IOptions<SimulatorOptions> options,
    IOptions<CallBackOptions> callBack,
    TimeProvider time)
{
    public async Task CallAsync(SimulatedPayment payment, CancellationToken cancellationToken)
    {
        var body = new PaymentCallBack(
            payment.OrderId, new Money(payment.Amount, payment.Currency), payment.Outcome is PaymentOutcome.Accepted ? PaymentCallBack.Accepted : PaymentCallBack.Declined);
        using var request = CallBackSignature.Sign(Address(), body, callBack.Value.Key, time.GetUtcNow());
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();

        await db.SimulatedPayments.Where(told => told.OrderId == payment.OrderId)
            .ExecuteUpdateAsync(set => set.SetProperty(told => told.CallBackAt, (DateTimeOffset?)null), cancellationToken);
    }

    private Uri Address()
    {
        if (options.Value.CallBackUrl is { } configured)
            return new Uri(configured);
        // There may be other endpoints than this one. And http://[::]:8080 and http://+:8080 are addresses to listen on, not to call.
        var own = BindingAddress.Parse(configuration["Kestrel:Endpoints:http:Url"] ?? server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new UriBuilder(own.Scheme, own.Host is "+" or "*" or "[::]" or "0.0.0.0" ? "localhost" : own.Host, own.Port, CallBackEndpoint.Path).Uri;
    }
}
