using System.Globalization;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shop.Orders.Payment.Webhook;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Orders;

public sealed class RejectedWebhookLogTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly ILoggerFactory _factory;
    private readonly RejectedWebhookLog _rejections;

    public RejectedWebhookLogTests()
    {
        _factory = LoggerFactory.Create(logging => logging.AddProvider(_log));
        _rejections = new(_factory.CreateLogger<RejectedWebhookLog>(), _time, _lifetime);
    }

    public void Dispose()
    {
        _rejections.Dispose();
        _factory.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Rejected_webhooks_are_one_warning_a_minute_with_their_number()
    {
        Add(1000);
        Assert.Equal([1], LoggedCounts());

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([1, 999], LoggedCounts());

        Add(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([1, 999, 1], LoggedCounts());

        // A minute without a rejection: the next one is logged at once.
        _time.Advance(TimeSpan.FromMinutes(1));
        Add(1);
        Assert.Equal([1, 999, 1, 1], LoggedCounts());
    }

    [Fact]
    public void Webhooks_that_are_rejected_at_the_same_time_are_one_warning()
    {
        const int Rounds = 300;
        using var start = new Barrier(4);
        for (var round = 0; round < Rounds; round++)
        {
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                Add(20);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Equal(1, LoggedCounts().Length - (2 * round));

            _time.Advance(TimeSpan.FromMinutes(1));
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal((round + 1) * 80, LoggedCounts().Sum());
        }
    }

    [Fact]
    public void Rejected_webhooks_without_a_warning_are_logged_when_the_service_stops()
    {
        Add(10);

        _lifetime.StopApplication();

        Assert.Equal([1, 9], LoggedCounts());
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _rejections.Add(SignatureVerificationResult.InvalidSignature);
        }
    }

    private int[] LoggedCounts() =>
        [.. _log.TextsOf("payment_webhook.rejected").Select(text => int.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture))];
}
