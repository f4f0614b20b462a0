using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.Messaging.JourneyEvents;

public sealed class JourneyEventSerializerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, 250, TimeSpan.Zero));

    [Fact]
    public void Record_has_the_ids_of_the_event_its_span_and_its_journey()
    {
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1")
            .SetBaggage(JourneyKeys.JourneyId, "j-1")
            .SetBaggage(JourneyKeys.RequestId, "r-1")
            .SetBaggage(JourneyKeys.UserSegment, UserSegments.Member)
            .SetBaggage(JourneyKeys.Experiment, "checkout")
            .SetBaggage(JourneyKeys.ExperimentGroup, "b");
        using var span = new Activity("test").Start();
        var record = Serialize(new("cart", "i-1", _time), 3, ("shop.cart.id", "c1"), ("shop.item.quantity", 2), ("shop.amount", 1299L),
            ("shop.page.path", "/api/v1/carts/:cartId"), ("shop.critical_route", "checkout"), ("shop.reason", null));
        span.Stop();

        Assert.Equal(7, record.EventId.Version);
        Assert.Equal(
            ("cart.line_added", 3, _time.GetUtcNow().ToUnixTimeMilliseconds()),
            (record.EventName, record.SchemaVersion, record.TimeUnixMs));
        Assert.Equal((span.TraceId.ToHexString(), span.SpanId.ToHexString()), (record.TraceId, record.SpanId));
        Assert.Equal(
            new Dictionary<string, string> { ["service.name"] = "cart", ["service.instance.id"] = "i-1" }, record.Resource);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["session.id"] = "s-1",
                ["shop.amount"] = "1299",
                ["shop.cart.id"] = "c1",
                ["shop.critical_route"] = "checkout",
                ["shop.experiment.group"] = "b",
                ["shop.experiment.name"] = "checkout",
                ["shop.item.quantity"] = "2",
                ["shop.journey.id"] = "j-1",
                ["shop.page.path"] = "/api/v1/carts/:cartId",
                ["shop.request.id"] = "r-1",
                ["shop.user.segment"] = "member",
            },
            record.Attributes.ToDictionary(attribute => attribute.Key, attribute => attribute.Value.ToString()));
    }

    [Fact]
    public void Record_outside_of_a_trace_has_no_trace_id()
    {
        var record = Serialize(new("cart", "i-1", _time), 1);

        Assert.Equal((null, null), (record.TraceId, record.SpanId));
        Assert.Empty(record.Attributes);
    }

    [Fact]
    public void Field_of_the_event_takes_precedence_over_the_journey()
    {
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.CriticalRoute, "checkout");
        var record = Serialize(new("cart", "i-1", _time), 1, ("shop.critical_route", "payment"));

        Assert.Equal("payment", Assert.Single(record.Attributes).Value.GetString());
    }

    [Fact]
    public void Sequence_increases_with_each_event_and_with_each_restart()
    {
        var first = new JourneyEventSerializer("cart", "i-1", _time);
        long[] sequences = [Serialize(first, 1).Sequence, Serialize(first, 1).Sequence];
        _time.Advance(TimeSpan.FromSeconds(1));
        var restarted = Serialize(new("cart", "i-1", _time), 1).Sequence;

        Assert.Equal(sequences[0] + 1, sequences[1]);
        Assert.True(restarted > sequences[1]);
        Assert.InRange(restarted, 1, 1L << 53);
    }

    [Fact]
    public void Text_is_escaped()
    {
        var record = Serialize(new("cart", "i-1", _time), 1, ("shop.reason", "\"quoted\"\n</script>\ud800 ü"));

        Assert.Equal("\"quoted\"\n</script>\ufffd ü", record.Attributes["shop.reason"].GetString());
    }

    [Fact]
    public void Event_of_an_earlier_time_has_that_time()
    {
        var at = _time.GetUtcNow().AddSeconds(-2);
        var body = new JourneyEventSerializer("cart", "i-1", _time).Serialize("page.viewed", 1, at, []);

        var record = Assert.Single(JourneyEventRecord.ParseBatch([(byte)'[', .. body, (byte)']']));
        Assert.Equal(at.ToUnixTimeMilliseconds(), record.TimeUnixMs);
    }

    public void Dispose() => Baggage.Current = default;

    private static JourneyEventRecord Serialize(
        JourneyEventSerializer serializer, int version, params (string Name, object? Value)[] fields)
    {
        var body = serializer.Serialize(
            "cart.line_added", version, null, [.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        return Assert.Single(JourneyEventRecord.ParseBatch([(byte)'[', .. body, (byte)']']));
    }
}
