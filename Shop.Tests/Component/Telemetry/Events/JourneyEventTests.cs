using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Events;

public sealed partial class JourneyEventTests
{
    public static TheoryData<string> Names => [.. EventCatalog.Entries.Select(entry => entry.Name)];

    [Fact]
    public void Event_names_are_unique_and_consist_of_subject_and_participle()
    {
        Assert.NotEmpty(EventCatalog.Entries);
        Assert.Distinct(EventCatalog.Entries.Select(entry => entry.Name));
        Assert.All(EventCatalog.Entries, entry => Assert.Matches(NameGrammar(), entry.Name));
        Assert.All(EventCatalog.Entries, entry => Assert.EndsWith(".", entry.Description, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Event_becomes_a_log_record_with_its_fields_and_no_others(string name)
    {
        await using var service = TestService.Build();
        var entry = EventCatalog.Entries.Single(entry => entry.Name == name);
        var fields = entry.Fields.Select(field => field.Name).ToList();
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1")
            .SetBaggage(JourneyKeys.UserSegment, UserSegments.Member);
        using var activity = new Activity("test") { IsAllDataRequested = true }.Start();
        service.Services.GetRequiredService<JourneyEvents>().Emit(entry.CreateSample());
        activity.Stop();
        Baggage.Current = default;

        var record = Assert.Single(service.Records);
        Assert.Equal(name, record.EventId.Name);
        Assert.Equal(activity.TraceId, record.TraceId);
        Assert.Empty(fields.Except(record.Values().Keys));
        Assert.Empty(record.Values().Keys.Except(fields).Except(["session.id", "shop.user.segment", "shop.critical_route"]));
        Assert.Equal(name, record.FormattedMessage);

        Assert.Equal(activity.SpanId, record.SpanId);
        Assert.Empty(activity.Events);
    }

    [Fact]
    public async Task Message_of_an_event_has_its_values_in_Development()
    {
        await using var service = TestService.Build(environment: "Development");
        service.Services.GetRequiredService<JourneyEvents>().Emit(new CartEvents.LineAdded("c1", "BAG-0101", 2));

        Assert.Equal(
            $"cart.line_added shop.cart.id={CartIdHash.FromString("c1")} shop.item.sku=BAG-0101 shop.item.quantity=2",
            service.Records.Single(record => record.EventId.Name == "cart.line_added").FormattedMessage);
    }

    [Fact]
    public async Task Event_that_matches_a_critical_route_rule_has_its_attribute()
    {
        await using var service = TestService.Build(builder => builder.AddCriticalRoute("payment", @event: @"^payment\."));
        service.Services.GetRequiredService<JourneyEvents>().Emit(new OrderEvents.PaymentDeclined(Guid.NewGuid(), 1299, "EUR"));

        Assert.Equal("payment", Assert.Single(service.Records).Values()["shop.critical_route"]);
    }

    [GeneratedRegex("^[a-z]+(_[a-z]+)*\\.[a-z]+(_[a-z]+)*$")]
    private static partial Regex NameGrammar();
}
