using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.Telemetry.Events;

public sealed partial class JourneyEventsTests
{
    public static TheoryData<string> Types => [.. EventCatalog.All.Select(type => type.Record.FullName!)];

    [Fact]
    public void Event_names_are_unique_and_follow_the_naming_convention()
    {
        Assert.NotEmpty(EventCatalog.All);
        Assert.Equal(EventCatalog.All.Count, EventCatalog.All.Select(type => type.Name).Distinct().Count());
        Assert.All(EventCatalog.All, type => Assert.Matches(NameGrammar(), type.Name));
        Assert.All(EventCatalog.All, type => Assert.EndsWith(".", type.Meaning, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Event_is_emitted_as_log_record_and_span_event_with_its_declared_fields(string record)
    {
        await using var service = Service.Build();
        var type = EventType.Get(typeof(CartEvents).Assembly.GetType(record)!);
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1").SetBaggage(JourneyKeys.UserSegment, UserSegments.Member);
        using var activity = new Activity("probe") { IsAllDataRequested = true }.Start();
        service.App.Services.GetRequiredService<JourneyEvents>().Emit(CreateSample(type.Record));
        activity.Stop();
        Baggage.Current = default;

        var log = Assert.Single(service.Records);
        Assert.Equal(type.Name, log.EventId.Name);
        Assert.Equal(activity.TraceId, log.TraceId);
        Assert.Empty(type.Fields.Select(field => field.Name).Except(log.Values().Keys));
        Assert.Empty(log.Values().Keys.Except(type.Fields.Select(field => field.Name))
            .Except(["session.id", "shop.user.segment", "shop.critical_route"]));
        Assert.StartsWith($"{type.Name} shop.", log.FormattedMessage, StringComparison.Ordinal);

        var spanEvent = Assert.Single(activity.Events);
        Assert.Equal(type.Name, spanEvent.Name);
        Assert.Empty(type.Fields.Select(field => field.Name).Except(spanEvent.Tags.Select(tag => tag.Key)));
    }

    [Fact]
    public async Task Event_that_matches_a_critical_route_has_its_name()
    {
        await using var service = Service.Build();
        service.App.Services.GetRequiredService<JourneyEvents>().Emit(new OrderEvents.PaymentDeclined(Guid.NewGuid(), 1299, "EUR"));

        Assert.Equal("payment", Assert.Single(service.Records).Values()["shop.critical_route"]);
    }

    [Fact]
    public void Events_page_matches_the_event_records()
    {
        var path = Path.Combine(Repository.Root, "docs", "events.md");
        var page = EventsPage.Create();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == page,
            "docs/events.md differs from the events in Shop.Contracts/Events. Update and commit it:\n" +
            "  UPDATE_DOCS=1 dotnet test Shop.Tests --filter Events_page_matches_the_event_records");
    }

    private static JourneyEvent CreateSample(Type record)
    {
        var constructor = record.GetConstructors().Single();
        return (JourneyEvent)constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.ParameterType switch
        {
            var type when type == typeof(string) => (object)"text",
            var type when type == typeof(Guid) => Guid.NewGuid(),
            var type when type == typeof(int) => 2,
            var type when type == typeof(long) => 1299L,
            var type => throw new NotSupportedException($"No sample for {type}."),
        })]);
    }

    [GeneratedRegex("^[a-z]+\\.[a-z]+(_[a-z]+)*$")]
    private static partial Regex NameGrammar();
}
