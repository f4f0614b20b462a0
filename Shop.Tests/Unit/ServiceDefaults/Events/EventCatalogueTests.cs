using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Tests.Support;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Events;

public partial class EventCatalogueTests
{
    public static TheoryData<string> Types => [.. EventType.All.Select(type => type.Record.FullName!)];

    [Fact]
    public void Every_event_has_a_name_of_its_own_that_says_what_and_then_what_happened_to_it()
    {
        Assert.NotEmpty(EventType.All);
        Assert.Equal(EventType.All.Count, EventType.All.Select(type => type.Name).Distinct().Count());
        Assert.All(EventType.All, type => Assert.Matches(NameGrammar(), type.Name));
        Assert.All(EventType.All, type => Assert.EndsWith(".", type.Meaning, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_event_becomes_a_log_record_and_a_span_event_with_nothing_but_the_fields_of_the_catalogue(string record)
    {
        await using var service = Service.Build();
        var type = EventType.Of(typeof(JourneyEvent).Assembly.GetType(record)!);
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.SessionId, "s-1").SetBaggage(JourneyKeys.UserSegment, UserSegments.Member);
        using var activity = new Activity("probe") { IsAllDataRequested = true }.Start();
        service.App.Services.GetRequiredService<JourneyEvents>().Write(Sample(type.Record));
        activity.Stop();
        Baggage.Current = default;

        var line = Assert.Single(service.Records);
        Assert.Equal(type.Name, line.EventId.Name);
        Assert.Equal(activity.TraceId, line.TraceId);
        Assert.Empty(type.Fields.Select(field => field.Name).Except(line.Values().Keys));
        Assert.Empty(line.Values().Keys.Except(type.Fields.Select(field => field.Name)).Except(["session.id", "shop.user.segment", "shop.critical_route"]));
        Assert.StartsWith($"{type.Name} shop.", line.FormattedMessage, StringComparison.Ordinal);

        var onSpan = Assert.Single(activity.Events);
        Assert.Equal(type.Name, onSpan.Name);
        Assert.Empty(type.Fields.Select(field => field.Name).Except(onSpan.Tags.Select(tag => tag.Key)));
    }

    [Fact]
    public async Task An_event_that_is_a_key_node_by_itself_says_so()
    {
        await using var service = Service.Build();
        service.App.Services.GetRequiredService<JourneyEvents>().Write(new OrderEvents.PaymentDeclined(Guid.NewGuid(), 1299, "EUR"));

        Assert.Equal("payment", Assert.Single(service.Records).Values()["shop.critical_route"]);
    }

    [Fact]
    public void The_page_of_events_in_docs_is_the_catalogue()
    {
        var page = Path.Combine(Repository.Root, "docs", "events.md");
        var now = EventsPage.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(page, now);

        Assert.True(File.Exists(page) && File.ReadAllText(page) == now,
            "docs/events.md does not list the events as they are in Shop.Contracts/Events. Write it anew and commit it:\n" +
            "  UPDATE_DOCS=1 dotnet test Shop.Tests --filter The_page_of_events_in_docs_is_the_catalogue");
    }

    private static JourneyEvent Sample(Type record)
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
