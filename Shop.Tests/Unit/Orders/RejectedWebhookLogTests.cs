using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Shop.Orders.Payment.Webhook;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Orders;

public sealed class RejectedWebhookLogTests
{
    [Fact]
    public void Rejected_webhooks_are_one_warning_a_minute_with_their_number()
    {
        var time = new FakeTimeProvider();
        using var log = new RecordedLog();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        var rejections = new RejectedWebhookLog(factory.CreateLogger<RejectedWebhookLog>(), time);

        for (var i = 0; i < 1000; i++)
        {
            rejections.Add(SignatureVerificationResult.InvalidSignature);
        }

        Assert.StartsWith("1 payment webhooks", Assert.Single(log.TextsOf("payment_webhook.rejected")), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(1));
        rejections.Add(SignatureVerificationResult.InvalidSignature);
        Assert.StartsWith("1000 payment webhooks", log.TextsOf("payment_webhook.rejected")[^1], StringComparison.Ordinal);
    }
}
