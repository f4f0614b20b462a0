using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Data;
using Shop.Orders.Payment.Webhook;

namespace Shop.Orders.Payment.Simulator;

/// <summary>Sends the webhook of one simulated payment, and records its delivery.</summary>
internal sealed class SimulatedWebhookSender(
    HttpClient http,
    OrdersDbContext db,
    IServer server,
    IConfiguration configuration,
    IOptions<SimulatorOptions> options,
    IOptions<PaymentWebhookOptions> webhookOptions,
    TimeProvider time)
{
    /// <exception cref="HttpRequestException">The webhook was not processed.</exception>
    public async Task SendAsync(SimulatedPayment payment, CancellationToken cancellationToken)
    {
        var accepted = payment.Outcome is SimulatedPaymentOutcome.Accepted;
        var webhook = new PaymentWebhookRequest(
            payment.OrderId,
            new Money(payment.Amount, payment.Currency),
            accepted ? PaymentWebhookRequest.Accepted : PaymentWebhookRequest.Declined);
        using var request = WebhookSignature.CreateRequest(GetUrl(), webhook, webhookOptions.Value.Key, time.GetUtcNow());
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();

        await db.SimulatedPayments.Where(delivered => delivered.OrderId == payment.OrderId).ExecuteUpdateAsync(
            set => set.SetProperty(delivered => delivered.WebhookDueAt, (DateTimeOffset?)null), cancellationToken);
    }

    private Uri GetUrl()
    {
        if (options.Value.WebhookUrl is { } configured)
        {
            return new Uri(configured);
        }

        // The service may listen on several endpoints, and on wildcard addresses such as http://[::]:8080 and http://+:8080.
        var address = BindingAddress.Parse(
            configuration["Kestrel:Endpoints:http:Url"] ?? server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var host = address.Host is "+" or "*" or "[::]" or "0.0.0.0" ? "localhost" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port, PaymentWebhookEndpoint.Path).Uri;
    }
}
