using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Alerts;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Insights.Traces;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Alerts, from stored jumps to what is sent.</summary>
[Collection(WholeApplication.Name)]
public sealed class AlertTests(ShopApp shop) : IAsyncLifetime
{
    private const string Secret = "a-secret-of-at-least-32-characters";

    // The beginning of a window, some minutes ago.
    private static readonly DateTimeOffset _start =
        JumpWindows.GetEnd(JumpWindows.GetStep(DateTimeOffset.UtcNow.AddMinutes(-10)));

    private readonly FakeTimeProvider _time = new(_start);
    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    public async Task InitializeAsync() => _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Alert_is_pending_then_firing_with_three_traces_and_is_resolved_below_the_lower_limit()
    {
        var options = CreateOptions();
        // 3 a second, which is over 120 a minute after 41 seconds, and none from 70 seconds on.
        var jumps = Enumerable.Range(0, 210).Select(index => CreateJump(index / 3.0)).ToList();
        await StoreAsync(jumps);
        await StoreAsync(Enumerable.Range(0, 300).Select(index => CreateJump(index / 10.0) with { Synthetic = true }));

        var states = new List<(int Second, string State)>();
        foreach (var second in Enumerable.Range(0, 27).Select(index => index * 5))
        {
            // Another replica each time, or the same one after a restart.
            await EvaluateAsync(CreateEvaluator(options), second);
            var state = (await ListAsync()).SingleOrDefault()?.State ?? "none";
            if (states.LastOrDefault().State != state)
            {
                states.Add((second, state));
            }
        }

        // More than 120 in the window that ends at 45 s, 15 s for 'For', and fewer than 96 in the one that ends at 100 s.
        Assert.Equal([(0, "none"), (45, "pending"), (60, "firing"), (100, "resolved")], states);
        var alert = Assert.Single(await ListAsync());
        Assert.Equal(("login_redirects", "/login -> /sso/*", 180), (alert.Rule, alert.Subject, alert.Peak));
        Assert.Equal(
            (_start.AddSeconds(45), _start.AddSeconds(60), _start.AddSeconds(100)), (alert.PendingAt, alert.FiredAt, alert.ResolvedAt));
        Assert.Equal(3, alert.TraceIds.Count);
        Assert.Subset(jumps.Select(jump => jump.TraceId!).ToHashSet(), alert.TraceIds.ToHashSet());
        Assert.Contains("threshold is 120", alert.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_to_the_API_without_a_sign_in_are_a_storm_over_30_a_minute_of_all_routes_together()
    {
        var options = CreateOptions();
        await StoreAsync(Enumerable.Range(0, 16).Select(index => TestEvents.Unauthorized(_start.AddSeconds(index), "/api/v1/orders")));
        await StoreAsync(
            Enumerable.Range(0, 15).Select(index => TestEvents.Unauthorized(_start.AddSeconds(index), "/api/v1/carts/:cartId")));
        await EvaluateAsync(options, 0, 60);

        var alert = Assert.Single(await ListAsync());
        Assert.Equal(("session_invalidation", "firing", "critical", 31), (alert.Rule, alert.State, alert.Severity, alert.Peak));
    }

    [Fact]
    public async Task Two_replicas_that_evaluate_at_the_same_time_begin_one_alert()
    {
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = "http://127.0.0.1:1/" };
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        var replicas = (AlertEvaluator[])[CreateEvaluator(options), CreateEvaluator(options)];

        foreach (var second in Enumerable.Range(0, 24).Select(index => index * 5))
        {
            var evaluated = await Task.WhenAll(
                replicas.Select(replica => replica.EvaluateAsync(_start.AddSeconds(second), CancellationToken.None)));
            Assert.Contains(evaluated, open => open is not null);
        }

        Assert.Equal(1, await Database.ReadAsync<long>("select count(*) from alerts"));
        Assert.Equal(1, await Database.ReadAsync<long>("select count(*) from alert_notifications where state = 'firing'"));
    }

    [Fact]
    public async Task Windows_that_ended_while_no_replica_ran_are_evaluated_later()
    {
        var options = CreateOptions();
        await EvaluateAsync(options, 0, 0);
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));

        await CreateEvaluator(options).EvaluateAsync(_start.AddSeconds(300), CancellationToken.None);

        var alert = Assert.Single(await ListAsync());
        Assert.Equal(("resolved", 200), (alert.State, alert.Peak));
        Assert.True(alert.ResolvedAt < _start.AddSeconds(90));
    }

    [Fact]
    public async Task Rate_far_above_what_is_usual_for_the_pair_is_an_alert_and_one_that_is_usual_is_none()
    {
        var options = CreateOptions();
        // Two hours with 60 a minute of one pair, and nothing of the other.
        await StoreAsync(Enumerable.Range(0, 7200).Select(second => CreateJump(second - 7500, "/cart", "/checkout")));
        await StoreAsync(Enumerable.Range(0, 80).Select(index => CreateJump(index / 4.0, "/cart", "/checkout")));
        await StoreAsync(Enumerable.Range(0, 40).Select(index => CreateJump(index / 4.0, "/checkout", "/cart")));
        options.Baseline.For = TimeSpan.Zero;
        await EvaluateAsync(options, 0, 30);

        var alert = Assert.Single(await ListAsync());
        Assert.Equal(("unusual_rate", "/checkout -> /cart", "firing"), (alert.Rule, alert.Subject, alert.State));
        // The median of minutes without a jump is 0, and the deviation 1.
        Assert.Equal((30, 3), (alert.Threshold, alert.ResolveBelow));

        await EvaluateAsync(options, 35, 120);
        Assert.Equal("resolved", Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task Quiet_hours_are_a_baseline()
    {
        var options = CreateOptions();
        options.Baseline.For = TimeSpan.Zero;
        // The last jump of any pair is older than the hours from which a baseline is learned.
        await StoreAsync([CreateJump(-25_000, "/cart", "/checkout")]);
        await StoreAsync(Enumerable.Range(0, 40).Select(index => CreateJump(index / 4.0, "/checkout", "/cart")));
        await EvaluateAsync(options, 0, 30);

        var alert = Assert.Single(await ListAsync());
        Assert.Equal(("unusual_rate", "/checkout -> /cart", "firing"), (alert.Rule, alert.Subject, alert.State));
    }

    [Theory]
    [InlineData("bot", 1)]
    [InlineData("test", 0)]
    public async Task Alerts_count_crawlers_and_not_simulated_visitors(string type, int alerts)
    {
        await StoreAsync(Enumerable.Range(0, 40).Select(index => StoredEvent.From(new(
            Guid.CreateVersion7(), "api.unauthorized", 1, _start.AddSeconds(index).ToUnixTimeMilliseconds(), index, null, null,
            new Dictionary<string, string>(),
            new Dictionary<string, object>
            {
                ["shop.jump.from"] = "/api/v1/orders",
                ["http.response.status_code"] = 401,
                ["user_agent.synthetic.type"] = type,
            }.ToDictionary(attribute => attribute.Key, attribute => JsonSerializer.SerializeToElement(attribute.Value))))));
        await EvaluateAsync(CreateOptions(), 0, 60);

        Assert.Equal(alerts, (await ListAsync()).Count);
        // Its figures have neither.
        Assert.Equal(40, await Database.ReadAsync<long>("select count(*) from events where synthetic"));
    }

    [Fact]
    public async Task Alert_is_listed_in_the_range_in_which_it_ended()
    {
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(CreateOptions(), 0, 120);
        var ended = Assert.Single(await ListAsync()).ResolvedAt!.Value;

        Assert.Single(await ListAsync(ended, ended.AddSeconds(1)));
        Assert.Empty(await ListAsync(ended.AddHours(-1), ended));
        Assert.Empty(await ListAsync(ended.AddSeconds(1), ended.AddHours(1)));
    }

    [Fact]
    public async Task Pair_without_an_hour_of_history_has_no_baseline()
    {
        var options = CreateOptions();
        options.Baseline.For = TimeSpan.Zero;
        await StoreAsync([CreateJump(-1800, "/cart", "/checkout")]);
        await StoreAsync(Enumerable.Range(0, 400).Select(index => CreateJump(index / 10.0, "/cart", "/checkout")));
        await EvaluateAsync(options, 0, 60);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Alert_ends_when_its_rule_is_disabled()
    {
        var options = CreateOptions();
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);
        Assert.Equal("firing", Assert.Single(await ListAsync()).State);

        options.Rules["login_redirects"].Enabled = false;
        options.Baseline.Enabled = false;
        await EvaluateAsync(options, 45, 45);
        Assert.Equal("resolved", Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task Webhook_gets_begin_and_end_once_each_and_again_after_a_failure()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = receiver.Address, Secret = Secret };
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 120);
        var senders = (NotificationSender[])[CreateSender(options), CreateSender(options)];

        receiver.Status = HttpStatusCode.ServiceUnavailable;
        await SendAsync();
        var failed = Assert.Single(receiver.Requests);
        // Before the time of the next attempt, nothing is sent; and the end not before the begin.
        _time.Advance(TimeSpan.FromSeconds(14));
        await SendAsync();
        Assert.Single(receiver.Requests);
        receiver.Status = HttpStatusCode.OK;
        _time.Advance(TimeSpan.FromSeconds(2));
        await SendAsync();
        await SendAsync();

        Assert.Equal(3, receiver.Requests.Count);
        var (begin, end) = (receiver.Requests[1], receiver.Requests[2]);
        Assert.Equal(failed.Headers[WebhookMessage.IdHeader], begin.Headers[WebhookMessage.IdHeader]);
        Assert.EndsWith("-firing", begin.Headers[WebhookMessage.IdHeader], StringComparison.Ordinal);
        Assert.EndsWith("-resolved", end.Headers[WebhookMessage.IdHeader], StringComparison.Ordinal);
        Assert.All(
            receiver.Requests,
            request => Assert.StartsWith("v1=", request.Headers[WebhookMessage.SignatureHeader], StringComparison.Ordinal));
        Assert.StartsWith("Resolved", end.Body.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(["webhook:ops"], Assert.Single(await ListAsync()).NotifiedChannels);

        _time.Advance(TimeSpan.FromHours(1));
        await SendAsync();
        Assert.Equal(3, receiver.Requests.Count);

        Task SendAsync() => Task.WhenAll(senders.Select(sender => sender.SendAllDueAsync()));
    }

    [Fact]
    public async Task Webhook_that_asks_to_wait_is_sent_nothing_meanwhile_and_no_message_is_lost()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = receiver.Address };
        // The begin and the end of an alert.
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 120);
        var sender = CreateSender(options);

        (receiver.Status, receiver.RetryAfter) = (HttpStatusCode.TooManyRequests, "30");
        for (var attempt = 1; attempt <= 20; attempt++)
        {
            await sender.SendAllDueAsync();
            _time.Advance(TimeSpan.FromSeconds(20));
            await sender.SendAllDueAsync();
            Assert.Equal(attempt, receiver.Requests.Count);
            _time.Advance(TimeSpan.FromSeconds(11));
        }

        (receiver.Status, receiver.RetryAfter) = (HttpStatusCode.OK, null);
        await sender.SendAllDueAsync();
        Assert.Equal(22, receiver.Requests.Count);
        Assert.Equal(["webhook:ops"], Assert.Single(await ListAsync()).NotifiedChannels);
    }

    [Fact]
    public async Task Redirect_of_a_webhook_is_a_failure()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        await using var elsewhere = await HttpReceiver.StartAsync();
        (receiver.Status, receiver.Location) = (HttpStatusCode.MovedPermanently, elsewhere.Address);
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = receiver.Address, Secret = Secret };
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);

        await CreateSender(options).SendAllDueAsync();

        Assert.Single(receiver.Requests);
        Assert.Empty(elsewhere.Requests);
        Assert.Contains("301", await Database.ReadAsync<string>("select error from alert_notifications"), StringComparison.Ordinal);
        Assert.Empty(Assert.Single(await ListAsync()).NotifiedChannels);
    }

    [Fact]
    public async Task Webhook_whose_response_never_ends_is_sent_the_message_again()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        (receiver.Status, receiver.RetryAfter, receiver.IsEndless) = (HttpStatusCode.TooManyRequests, "30", true);
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = receiver.Address };
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);
        var sender = CreateSender(options);

        await sender.SendAllDueAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Contains("429", await Database.ReadAsync<string>("select error from alert_notifications"), StringComparison.Ordinal);
        (receiver.Status, receiver.RetryAfter, receiver.IsEndless) = (HttpStatusCode.OK, null, false);
        _time.Advance(TimeSpan.FromSeconds(31));
        await sender.SendAllDueAsync();
        Assert.Equal(["webhook:ops"], Assert.Single(await ListAsync()).NotifiedChannels);
    }

    [Fact]
    public async Task Webhook_that_does_not_answer_delays_no_other_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Webhooks["a"] = new() { Url = $"http://{silent.LocalEndpoint}/" };
        options.Webhooks["b"] = new() { Url = receiver.Address };
        using var worker = new NotificationWorker(
            CreateSender(options), CreateAlertmanagerSender(options), _time, NullLogger<NotificationWorker>.Instance);
        await worker.StartAsync(CancellationToken.None);

        // The begin, and the end while the first webhook has not answered the begin.
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);
        await WaitForAsync(1);
        await EvaluateAsync(options, 45, 120);
        await WaitForAsync(2);

        Assert.Equal(["webhook:b"], Assert.Single(await ListAsync()).NotifiedChannels);
        await worker.StopAsync(CancellationToken.None);

        Task WaitForAsync(int count) => Eventually.ReadAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(0.5));
                return Task.FromResult(receiver.Requests.Count);
            },
            requests => requests == count);
    }

    [Fact]
    public async Task Messages_to_a_slow_webhook_are_not_sent_by_another_replica_too()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Baseline.Enabled = false;
        options.Webhooks["ops"] = new() { Url = receiver.Address };
        foreach (var page in (string[])["a", "b", "c", "d"])
        {
            options.Rules[page] = new() { From = $"/{page}", To = "*", Threshold = 1 };
            await StoreAsync(Enumerable.Range(0, 9).Select(index => CreateJump(index, $"/{page}")));
        }

        await EvaluateAsync(options, 0, 40);
        var (sender, other) = (CreateSender(options), CreateSender(options));
        var isSending = false;
        // Each takes nearly as long as it may.
        receiver.Receiving = async () =>
        {
            if (!isSending)
            {
                isSending = true;
                _time.Advance(TimeSpan.FromSeconds(9));
                await other.SendAllDueAsync();
                isSending = false;
            }
        };
        await sender.SendAllDueAsync();

        Assert.Equal(4, receiver.Requests.Count);
        Assert.Equal(4, receiver.Requests.Select(request => request.Headers[WebhookMessage.IdHeader]).Distinct().Count());
    }

    [Fact]
    public async Task Webhook_that_never_answers_is_given_up_after_12_attempts_and_the_log_names_it()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Status = HttpStatusCode.NotFound;
        var options = CreateOptions();
        options.Webhooks["ops"] = new() { Url = receiver.Address };
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);
        var sender = CreateSender(options);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await sender.SendAllDueAsync();
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(NotificationSender.MaxAttempts, receiver.Requests.Count);
        Assert.Contains("404", await Database.ReadAsync<string>("select error from alert_notifications"), StringComparison.Ordinal);
        Assert.Empty(Assert.Single(await ListAsync()).NotifiedChannels);
    }

    [AlertmanagerFact]
    public async Task Alertmanager_receives_groups_and_resolves_alerts()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        await using var alertmanager = await Alertmanager.StartAsync(receiver.Address);
        var options = CreateOptions();
        options.Alertmanager.Urls.Add(alertmanager.Address);
        var sender = CreateAlertmanagerSender(options);
        // The Alertmanager has the real time.
        _time.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await StoreAsync(
            Enumerable.Range(0, 50).Select(index => TestEvents.Unauthorized(_start.AddSeconds(index / 10.0), "/api/v1/orders")));
        await EvaluateAsync(options, 0, 40);

        await sender.SendAllDueAsync();

        var active = await alertmanager.QueryAsync();
        Assert.Contains("login_redirects", active, StringComparison.Ordinal);
        Assert.Contains("session_invalidation", active, StringComparison.Ordinal);
        // Both are one group, and one message.
        var group = await Eventually.ReadAsync(
            () => Task.FromResult(receiver.Requests is [var first, ..] ? first : null), request => request is not null);
        Assert.Equal("firing", group!.Body.GetProperty("status").GetString());
        var alerts = group.Body.GetProperty("alerts").EnumerateArray().ToList();
        Assert.Equal(
            ["login_redirects", "session_invalidation"],
            alerts.Select(alert => alert.GetProperty("labels").GetProperty("alertname").GetString()).Order());
        Assert.All(alerts, alert => Assert.Equal(32, alert.GetProperty("annotations").GetProperty("trace_3").GetString()!.Length));

        await EvaluateAsync(options, 45, 120);
        await sender.SendAllDueAsync();

        var resolved = await Eventually.ReadAsync(
            () => Task.FromResult(receiver.Requests is [.., var last] ? last : null),
            request => request?.Body.GetProperty("status").GetString() == "resolved");
        Assert.Equal(2, resolved!.Body.GetProperty("alerts").GetArrayLength());
        Assert.DoesNotContain("login_redirects", await alertmanager.QueryAsync(), StringComparison.Ordinal);
    }

    [AlertmanagerFact]
    public async Task Each_of_two_Alertmanagers_gets_begin_and_end_also_if_it_was_away()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        await using var otherReceiver = await HttpReceiver.StartAsync();
        await using var alertmanager = await Alertmanager.StartAsync(receiver.Address);
        await using var other = await Alertmanager.StartAsync(otherReceiver.Address);
        var options = CreateOptions();
        options.Alertmanager.Urls.AddRange([alertmanager.Address, other.Address]);
        var sender = CreateAlertmanagerSender(options);
        _time.SetUtcNow(DateTimeOffset.UtcNow);
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await other.StopAsync();
        await EvaluateAsync(options, 0, 40);

        await sender.SendAllDueAsync();
        await WaitForAsync(receiver, "firing");
        await other.StartAsync();
        _time.Advance(options.Alertmanager.ResendInterval);
        await sender.SendAllDueAsync();
        await WaitForAsync(otherReceiver, "firing");
        await other.StopAsync();
        await EvaluateAsync(options, 45, 120);
        await sender.SendAllDueAsync();
        await WaitForAsync(receiver, "resolved");
        await other.StartAsync();
        _time.Advance(options.Alertmanager.ResendInterval);
        await sender.SendAllDueAsync();
        await WaitForAsync(otherReceiver, "resolved");

        Assert.Equal(
            new[] { alertmanager, other }.Select(one => one.Address.Replace("http://", "alertmanager:", StringComparison.Ordinal)).Order(),
            Assert.Single(await ListAsync()).NotifiedChannels);

        static Task WaitForAsync(HttpReceiver receiver, string status) => Eventually.ReadAsync(
            () => Task.FromResult(receiver.Requests is [.., var last] ? last.Body.GetProperty("status").GetString() : null),
            last => last == status);
    }

    [AlertmanagerFact]
    public async Task End_of_an_alert_does_not_replace_a_newer_one_with_the_same_labels()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        await using var alertmanager = await Alertmanager.StartAsync(receiver.Address);
        var options = CreateOptions();
        options.Alertmanager.Urls.Add(alertmanager.Address);
        var sender = CreateAlertmanagerSender(options);
        _time.SetUtcNow(DateTimeOffset.UtcNow);
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(200 + (index / 10.0))));
        await EvaluateAsync(options, 0, 40);
        await sender.SendAllDueAsync();
        await alertmanager.StopAsync();
        await EvaluateAsync(options, 45, 120);
        await sender.SendAllDueAsync();
        await EvaluateAsync(options, 125, 240);
        Assert.Equal(["firing", "resolved"], (await ListAsync()).Select(alert => alert.State));

        await alertmanager.StartAsync();

        for (var repetition = 0; repetition < 20; repetition++)
        {
            _time.Advance(options.Alertmanager.ResendInterval);
            await sender.SendAllDueAsync();
            Assert.Contains("login_redirects", await alertmanager.QueryAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Alert_is_sent_to_Alertmanager_again_while_it_fires_and_its_end_for_15_minutes_with_the_same_time()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Alertmanager.Urls.Add($"{receiver.Address}/alertmanager/");
        // One of them has nothing to do while the other one sends, or after it.
        var senders = (AlertmanagerSender[])[CreateAlertmanagerSender(options), CreateAlertmanagerSender(options)];
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);

        foreach (var (seconds, requests) in new[] { (0, 1), (29, 1), (1, 2), (30, 3) })
        {
            await SendAsync(seconds);
            Assert.Equal(requests, receiver.Requests.Count);
            Assert.Equal(_time.GetUtcNow().AddSeconds(120 - (seconds == 29 ? 29 : 0)), GetEnd(receiver.Requests[^1]));
        }

        await EvaluateAsync(options, 45, 120);
        _time.SetUtcNow(_start.AddSeconds(120));
        var ended = Assert.Single(await ListAsync()).ResolvedAt;
        await SendAsync(0);
        for (var repetition = 0; repetition < 120; repetition++)
        {
            await SendAsync(30);
        }

        var ends = receiver.Requests.Skip(3).ToList();
        Assert.All(ends, request => Assert.Equal(ended, GetEnd(request)));
        // 15 minutes, and up to 15 more for windows that are evaluated late.
        Assert.InRange(ends.Count, 30, 61);

        async Task SendAsync(int seconds)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await Task.WhenAll(senders.Select(sender => sender.SendAllDueAsync()));
        }

        static DateTimeOffset GetEnd(HttpReceiver.Received request) =>
            Assert.Single(request.Body.EnumerateArray()).GetProperty("endsAt").GetDateTimeOffset();
    }

    private static AlertOptions CreateOptions() => new();

    private static StoredEvent CreateJump(double second, string from = "/login", string to = "/sso/:rest") =>
        TestEvents.Redirect(_start.AddSeconds(second), "s1", from, to);

    private async Task StoreAsync(IEnumerable<StoredEvent> events)
    {
        List<StoredEvent> list = [.. events];
        Assert.Equal(list.Count, (await Database.Store.StoreAsync(list, CancellationToken.None)).Stored);
    }

    private async Task EvaluateAsync(AlertOptions options, int from, int to)
    {
        var evaluator = CreateEvaluator(options);
        for (var second = from; second <= to; second += 5)
        {
            await EvaluateAsync(evaluator, second);
        }
    }

    // The service of the application evaluates its own schema of the database, and all of them share the lock.
    private static Task<int?> EvaluateAsync(AlertEvaluator evaluator, int second) => Eventually.ReadAsync(
        () => evaluator.EvaluateAsync(_start.AddSeconds(second), CancellationToken.None), open => open is not null);

    private AlertEvaluator CreateEvaluator(AlertOptions options) => new(
        Database.Services.GetRequiredService<BackgroundConnections>(), Options.Create(options), Options.Create(new EventOptions()), _time,
        NullLogger<AlertEvaluator>.Instance);

    [Fact]
    public async Task Alert_that_an_Alertmanager_refuses_is_sent_again_before_it_expires()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var options = CreateOptions();
        options.Alertmanager.Urls.Add(receiver.Address);
        var sender = CreateAlertmanagerSender(options);
        await StoreAsync(Enumerable.Range(0, 200).Select(index => CreateJump(index / 10.0)));
        await EvaluateAsync(options, 0, 40);
        await sender.SendAllDueAsync();
        var sent = Assert.Single(receiver.Requests).Body[0].GetProperty("endsAt").GetDateTimeOffset();

        receiver.Status = HttpStatusCode.ServiceUnavailable;
        foreach (var requests in (int[])[2, 3])
        {
            _time.Advance(options.Alertmanager.ResendInterval);
            await sender.SendAllDueAsync();
            Assert.Equal(requests, receiver.Requests.Count);
        }

        receiver.Status = HttpStatusCode.OK;
        _time.Advance(options.Alertmanager.ResendInterval);
        await sender.SendAllDueAsync();
        Assert.Equal(4, receiver.Requests.Count);
        Assert.True(_time.GetUtcNow() < sent);
    }

    private AlertmanagerSender CreateAlertmanagerSender(AlertOptions options) => new(
        CreateClients(),
        Database.Services.GetRequiredService<BackgroundConnections>(),
        Options.Create(options),
        Options.Create(new TraceOptions()),
        _time,
        NullLogger<AlertmanagerSender>.Instance);

    private static IHttpClientFactory CreateClients()
    {
        var services = new ServiceCollection();
        services.AddNotificationClient();
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
    }

    private NotificationSender CreateSender(AlertOptions options) => new(
        CreateClients(),
        new NotificationStore(Database.Services.GetRequiredService<BackgroundConnections>()),
        Options.Create(options),
        Options.Create(new TraceOptions()),
        _time,
        NullLogger<NotificationSender>.Instance);

    private Task<IReadOnlyList<AlertView>> ListAsync() => ListAsync(_start.AddHours(-1), _start.AddHours(1));

    private async Task<IReadOnlyList<AlertView>> ListAsync(DateTimeOffset from, DateTimeOffset to)
    {
        await using var scope = Database.Services.CreateAsyncScope();
        var range = new EventScope(from, to, EventUnit.Session, new Dictionary<EventDimension, string>(), false);
        return (await scope.ServiceProvider.GetRequiredService<AlertReader>().ReadAsync(range, CancellationToken.None)).Items;
    }
}
