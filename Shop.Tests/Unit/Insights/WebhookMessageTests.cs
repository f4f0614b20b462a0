using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shop.Insights.Alerts;
using Shop.Insights.Alerts.Notifications;

namespace Shop.Tests.Unit.Insights;

public class WebhookMessageTests
{
    private const string Secret = "a-secret-of-at-least-32-characters";

    private static readonly DateTimeOffset _now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Message_has_the_form_of_Slack_with_links_to_the_traces_and_is_signed()
    {
        var notification = new Notification(CreateAlert(), "webhook:ops", IsResolved: false, Attempt: 1);
        using var request = WebhookMessage.CreateRequest(
            new() { Url = "https://hooks.example.com/1", Secret = Secret },
            notification,
            new() { Url = "https://traces.example.com/{traceId}" },
            _now);
        var body = await request.Content!.ReadAsStringAsync();
        var message = JsonDocument.Parse(body).RootElement;

        Assert.Equal("Critical: Storm &amp; more (/api/v1/* -&gt; 401)", message.GetProperty("text").GetString());
        var blocks = message.GetProperty("blocks").EnumerateArray()
            .Select(block => block.GetProperty("text").GetProperty("text").GetString());
        var text = string.Join('\n', blocks);
        Assert.Contains("31 jumps", text, StringComparison.Ordinal);
        Assert.Contains("<https://traces.example.com/4bf92f3577b34da6a3ce929d0e0e4736|4bf92f35>", text, StringComparison.Ordinal);
        Assert.Equal("0193a5f0000070008000000000000001-firing", Get(WebhookMessage.IdHeader));

        var signed = Encoding.UTF8.GetBytes($"{_now.ToUnixTimeSeconds()}.{body}");
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));
        Assert.Equal($"v1={signature}", Get(WebhookMessage.SignatureHeader));
        Assert.Equal($"{_now.ToUnixTimeSeconds()}", Get(WebhookMessage.TimestampHeader));

        string Get(string name) => request.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task Message_about_the_end_says_so_and_is_not_signed_without_a_secret()
    {
        var notification = new Notification(CreateAlert(), "webhook:ops", IsResolved: true, Attempt: 1);
        using var request = WebhookMessage.CreateRequest(new() { Url = "https://hooks.example.com/1" }, notification, new(), _now);
        var body = await request.Content!.ReadAsStringAsync();

        Assert.StartsWith("Resolved: ", JsonDocument.Parse(body).RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("4bf92f3577b34da6a3ce929d0e0e4736", body, StringComparison.Ordinal);
        Assert.False(request.Headers.Contains(WebhookMessage.SignatureHeader));
    }

    [Theory]
    [InlineData("https://example.com/{traceId}?q=<a|b>", "<https://example.com/4bf92f3577b34da6a3ce929d0e0e4736?q=%3Ca%7Cb%3E|")]
    [InlineData("long", "Traces: 4bf92f3577b34da6a3ce929d0e0e4736")]
    public async Task Link_that_would_break_the_message_is_encoded_or_left_out(string traceUrl, string expected)
    {
        var url = traceUrl == "long" ? $"https://traces.example.com/{{traceId}}?panes={new string('a', 3000)}" : traceUrl;
        var notification = new Notification(CreateAlert(), "webhook:ops", IsResolved: false, Attempt: 1);
        using var request = WebhookMessage.CreateRequest(
            new() { Url = "https://hooks.example.com/1" }, notification, new() { Url = url }, _now);

        var sections = JsonDocument.Parse(await request.Content!.ReadAsStringAsync()).RootElement.GetProperty("blocks").EnumerateArray()
            .Select(block => block.GetProperty("text").GetProperty("text").GetString()!)
            .ToList();

        Assert.Contains(expected, sections[1], StringComparison.Ordinal);
        Assert.All(sections, section => Assert.InRange(section.Length, 1, 3000));
    }

    private static Alert CreateAlert() => new()
    {
        Id = new Guid("0193a5f0-0000-7000-8000-000000000001"),
        Rule = "session_invalidation",
        Subject = "/api/v1/* -> 401",
        State = AlertState.Firing,
        Severity = AlertSeverity.Critical,
        Summary = "Storm & more",
        Explanation = "31 jumps within a minute.",
        Limits = new(30, 24, TimeSpan.Zero),
        Value = 31,
        Peak = 31,
        PendingAt = _now.AddMinutes(-2),
        FiredAt = _now.AddMinutes(-1),
        ResolvedAt = _now,
        TraceIds = ["4bf92f3577b34da6a3ce929d0e0e4736"],
    };
}
