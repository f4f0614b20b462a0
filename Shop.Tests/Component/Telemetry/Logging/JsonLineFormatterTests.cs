using System.Diagnostics;
using System.Text.Json;
using OpenTelemetry;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Logging;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class JsonLineFormatterTests
{
    [Fact]
    public async Task Line_has_time_service_message_trace_and_journey()
    {
        await using var service = TestService.Build();
        var order = Guid.NewGuid();
        string? spanId = null;
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Baggage.Current = default(Baggage)
            .SetBaggage(JourneyKeys.SessionId, "s-1").SetBaggage(JourneyKeys.RequestId, "r-1").SetBaggage(JourneyKeys.JourneyId, "j-1")
            .SetBaggage(ShopJourneyKeys.CartItemCount.Name, "3").SetBaggage("unregistered", "x");
        var traceId = TestTrace.Run(() =>
        {
            spanId = Activity.Current!.SpanId.ToHexString();
            service.CreateLogger().WriteValues(7, order, DateTimeOffset.UnixEpoch);
        });
        Baggage.Current = default;

        var line = Assert.Single(await service.ReadJsonConsoleAsync());

        Assert.InRange(line.GetProperty("ts").GetInt64(), before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal("Information", line.GetProperty("level").GetString());
        Assert.Equal("test", line.GetProperty("service").GetString());
        Assert.Equal(TestService.Name, line.GetProperty("category").GetString());
        Assert.Equal("test.values", line.GetProperty("event_type").GetString());
        Assert.StartsWith($"Values: 7, {order}", line.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(traceId.ToHexString(), line.GetProperty("trace_id").GetString());
        Assert.Equal(spanId, line.GetProperty("span_id").GetString());
        Assert.Equal("s-1", line.GetProperty("session.id").GetString());
        Assert.Equal("r-1", line.GetProperty("shop.request.id").GetString());
        Assert.Equal("j-1", line.GetProperty("shop.journey.id").GetString());
        Assert.Equal(3, line.GetProperty("shop.cart.item_count").GetInt32());
        Assert.False(line.TryGetProperty("unregistered", out _));
        Assert.Equal(["Day", "Order", "Number"], line.GetProperty("values").EnumerateObject().Select(value => value.Name));
        Assert.Equal(7, line.GetProperty("values").GetProperty("Number").GetInt32());
    }

    [Fact]
    public async Task Line_outside_of_a_request_has_no_ids()
    {
        await using var service = TestService.Build();
        service.CreateLogger().WriteText("hello");

        var line = Assert.Single(await service.ReadJsonConsoleAsync());

        Assert.Equal(
            ["ts", "level", "service", "category", "event_type", "message", "values"],
            line.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public async Task Line_has_the_scopes_around_it()
    {
        await using var service = TestService.Build();
        using (service.CreateLogger().BeginScope(new List<KeyValuePair<string, object?>> { new("Attempt", 2) }))
        using (service.CreateLogger().BeginScope("a sentence"))
        using (service.CreateLogger().BeginScope(new List<KeyValuePair<string, object?>> { new("Step", "second") }))
        {
            service.CreateLogger().WriteText("hello");
        }

        var line = Assert.Single(await service.ReadJsonConsoleAsync());

        Assert.Equal(2, line.GetProperty("scopes").GetArrayLength());
        Assert.Equal(2, line.GetProperty("scopes")[0].GetProperty("Attempt").GetInt32());
        Assert.Equal("second", line.GetProperty("scopes")[1].GetProperty("Step").GetString());
    }

    [Fact]
    public async Task Exception_is_written_with_stack_trace_and_inner_exception()
    {
        await using var service = TestService.Build();
        try
        {
            Throw();
        }
        catch (InvalidOperationException exception)
        {
            service.CreateLogger().WriteError(exception);
        }

        var error = Assert.Single(await service.ReadJsonConsoleAsync()).GetProperty("error");

        Assert.Equal("System.InvalidOperationException", error.GetProperty("type").GetString());
        Assert.Equal("outer", error.GetProperty("message").GetString());
        Assert.Contains(nameof(Throw), error.GetProperty("stack").GetString(), StringComparison.Ordinal);
        Assert.Contains("the cause", error.GetProperty("stack").GetString(), StringComparison.Ordinal);

        static void Throw() => throw new InvalidOperationException("outer", new TimeoutException("the cause"));
    }

    public static TheoryData<string> HostileValues =>
    [
        "line\nbreak", "carriage\rreturn", "both\r\n{\"level\":\"Critical\"}", "quote\",\"level\":\"Critical", "back\\slash",
        "nul\0bell\a", "escape\u001b[2Jsequence", "next\u0085line", "separators\u2028\u2029",
        "turned\u202earound", "zero\u200bwidth", "bom\ufeff", "ümläut 漢字 🛒",
    ];

    [Theory]
    [MemberData(nameof(HostileValues))]
    public async Task Hostile_value_stays_on_one_line_and_is_read_back_unchanged(string value)
    {
        await using var service = TestService.Build();
        service.CreateLogger().WriteText(value);
        service.CreateLogger().WriteText("next");

        var lines = await service.ReadConsoleAsync();

        Assert.Equal(2, lines.Count);
        Assert.DoesNotContain(
            lines[0], character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u202e' or '\u200b' or '\ufeff');
        Assert.Equal(value, JsonDocument.Parse(lines[0]).RootElement.GetProperty("values").GetProperty("Text").GetString());
    }

    [Theory]
    [InlineData("half \ud83d of a pair")]
    [InlineData("\udc00")]
    public async Task Lone_surrogate_is_replaced(string value)
    {
        await using var service = TestService.Build();
        service.CreateLogger().WriteText(value);

        var line = Assert.Single(await service.ReadJsonConsoleAsync());

        Assert.Contains("\ufffd", line.GetProperty("values").GetProperty("Text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_text_is_truncated()
    {
        await using var service = TestService.Build();
        service.CreateLogger().WriteText(new string('漢', 1_000_000));

        var line = Assert.Single(await service.ReadJsonConsoleAsync());

        var text = line.GetProperty("values").GetProperty("Text").GetString()!;
        Assert.InRange(text.Length, LogLimits.MaxLength, LogLimits.MaxLength + 50);
        Assert.EndsWith("(1000000 characters)", text, StringComparison.Ordinal);
        Assert.InRange(line.GetProperty("message").GetString()!.Length, LogLimits.MaxLength, LogLimits.MaxLength + 50);
        Assert.InRange(service.Records[0].FormattedMessage!.Length, LogLimits.MaxLength, LogLimits.MaxLength + 50);
        Assert.InRange(((string)service.Records[0].Values()["Text"]!).Length, LogLimits.MaxLength, LogLimits.MaxLength + 50);
    }

    [Fact]
    public async Task Development_console_writes_readable_text()
    {
        await using var service = TestService.Build(environment: "Development");
        service.CreateLogger().WriteText("hello");

        var lines = await service.ReadConsoleAsync();

        Assert.Contains(lines, line => line.TrimStart().StartsWith("Text: hello", StringComparison.Ordinal));
    }
}
