using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class JourneyLogProcessorTests
{
    [Fact]
    public async Task Exported_record_has_ids_event_name_values_and_message()
    {
        await using var service = TestService.Build();
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1").SetBaggage(JourneyKeys.RequestId, "r-1").SetBaggage(JourneyKeys.JourneyId, "j-1")
            .SetBaggage("unregistered", "x");
        var traceId = TestTrace.Run(() => service.CreateLogger().WriteText("hello"));
        Baggage.Current = default;
        service.CreateLogger().WriteText("alone");

        Assert.Equal(2, service.Records.Count);
        var record = service.Records[0];
        Assert.Equal(traceId, record.TraceId);
        Assert.Equal("test.text", record.EventId.Name);
        Assert.Equal("Text: hello", record.FormattedMessage);
        Assert.Equal(
            ((string[])["Text", "session.id", "shop.journey.id", "shop.request.id", "{OriginalFormat}"]).Order(),
            record.Values().Keys.Order());
        Assert.Equal("s-1", record.Values()["session.id"]);
        Assert.Equal(["Text", "{OriginalFormat}"], service.Records[1].Values().Keys.Order(StringComparer.Ordinal));
    }
}
