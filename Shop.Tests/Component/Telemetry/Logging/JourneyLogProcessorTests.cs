using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.Telemetry.Logging;

public sealed class JourneyLogProcessorTests
{
    [Fact]
    public async Task Exported_record_has_ids_event_name_values_and_message()
    {
        await using var service = Service.Build();
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1").SetBaggage(JourneyKeys.RequestId, "r-1").SetBaggage(JourneyKeys.JourneyId, "j-1")
            .SetBaggage("unregistered", "x");
        var traceId = Traces.Within(() => service.Log().Said("hello"));
        Baggage.Current = default;
        service.Log().Said("alone");

        Assert.Equal(2, service.Records.Count);
        var record = service.Records[0];
        Assert.Equal(traceId, record.TraceId);
        Assert.Equal("probe.said", record.EventId.Name);
        Assert.Equal("Said hello", record.FormattedMessage);
        Assert.Equal(
            ["What", "session.id", "shop.journey.id", "shop.request.id", "{OriginalFormat}"],
            record.Values().Keys.Order(StringComparer.Ordinal));
        Assert.Equal("s-1", record.Values()["session.id"]);
        Assert.Equal(["What", "{OriginalFormat}"], service.Records[1].Values().Keys.Order(StringComparer.Ordinal));
    }
}
