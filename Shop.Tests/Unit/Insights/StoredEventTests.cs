using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Shop.Insights.Events;
using Shop.Insights.SignIn;
using Shop.Insights.Traces;
using Shop.Messaging.JourneyEvents;

namespace Shop.Tests.Unit.Insights;

public class StoredEventTests
{
    [Fact]
    public void Row_has_columns_for_the_journey_and_all_other_attributes_as_JSON()
    {
        var row = Create("""
            "session.id": "s1", "shop.journey.id": "j1", "shop.request.id": "r1", "shop.user.segment": "new", "shop.page.path": "/cart",
            "shop.experiment.name": "checkout", "shop.experiment.group": "two_steps", "shop.item.sku": "COF-0204",
            "shop.item.quantity": 2, "user_agent.synthetic.type": "test"
            """);

        Assert.Equal(("s1", "j1", "r1", "new", "/cart"), (row.SessionId, row.JourneyId, row.RequestId, row.Segment, row.PagePath));
        Assert.Equal(("checkout", "two_steps", "COF-0204"), (row.Experiment, row.Variant, row.Sku));
        Assert.True(row.Synthetic);
        Assert.Equal("""{"shop.item.quantity":2,"user_agent.synthetic.type":"test"}""", row.Properties);
        Assert.Equal(("cart", new string('a', 32)), (row.Service, row.TraceId));
    }

    [Fact]
    public void Text_that_is_too_long_for_an_index_is_cut() =>
        Assert.Equal(128, Create($"\"shop.page.path\": \"{new string('x', 5000)}\"").PagePath!.Length);

    [Fact]
    public void Text_is_not_cut_within_a_character() => Assert.Equal(
        new string('x', 127), Create($"\"shop.page.path\": \"{new string('x', 127)}\U0001F680\"").PagePath);

    [Fact]
    public void Characters_that_PostgreSQL_does_not_store_are_replaced()
    {
        var row = Create("""
            "shop.page.path": "/a\u0000b", "test.value": ["a\u0000b", { "c\u0000": "\\u0000" }]
            """);

        Assert.Equal("/a\uFFFDb", row.PagePath);
        using var properties = JsonDocument.Parse(row.Properties);
        var values = properties.RootElement.GetProperty("test.value");
        Assert.Equal("a\uFFFDb", values[0].GetString());
        Assert.Equal("\\u0000", values[1].GetProperty("c\uFFFD").GetString());
    }

    [Fact]
    public void Position_orders_by_time_and_then_by_sequence()
    {
        Assert.True(StoredEvent.GetPosition(1000, 5) < StoredEvent.GetPosition(1000, 6));
        Assert.True(StoredEvent.GetPosition(1000, 1795694312000017) < StoredEvent.GetPosition(1001, 1));
        Assert.Equal(1795694400250, StoredEvent.GetMilliseconds(StoredEvent.GetPosition(1795694400250, 1795694312000017)));
    }

    [Fact]
    public void Invalid_event_settings_are_rejected_with_their_name()
    {
        AssertFails("Retention", new EventOptionsValidator(), new() { Retention = TimeSpan.Zero });
        AssertFails("Insights:Traces:Url", new TraceOptionsValidator(), new() { Url = "dashboard/{traceId}" });
        AssertFails("Insights:Traces:Url", new TraceOptionsValidator(), new() { Url = "ftp://host/{traceId}" });
        Assert.True(new TraceOptionsValidator().Validate(null, new() { Url = "https://host/{traceId}" }).Succeeded);
        Assert.True(new TraceOptionsValidator().Validate(null, new() { Url = "" }).Succeeded);
        AssertFails("Authority", new StaffSignInOptionsValidator(), new() { Authority = "login" });
        AssertFails("ClientId", new StaffSignInOptionsValidator(), new() { ClientId = "" });
        AssertFails("SessionTimeout", new StaffSignInOptionsValidator(), new() { SessionTimeout = TimeSpan.Zero });
        AssertFails("ClientSecret", new StaffSignInOptionsValidator(), new() { Authority = "https://login.example.com" });
    }

    private static void AssertFails<T>(string setting, IValidateOptions<T> validator, T options) where T : class =>
        Assert.Contains(setting, validator.Validate(null, options).FailureMessage, StringComparison.Ordinal);

    private static StoredEvent Create(string attributes) => StoredEvent.From(JourneyEventRecord.ParseBatch(Encoding.UTF8.GetBytes($$"""
        [{
          "eventId": "019abf5e-27f3-7c6a-9d2e-4f0c6a1b2c3d", "eventName": "cart.line_added", "schemaVersion": 1,
          "timeUnixMs": 1795694400250, "sequence": 1795694312000017, "traceId": "{{new string('a', 32)}}",
          "resource": { "service.name": "cart" }, "attributes": { {{attributes}} }
        }]
        """))[0]);
}
