using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Shop.Storefront.Experiments;
using Shop.Tests.Support;
using Shop.Web.Sessions;

namespace Shop.Tests.Component.Storefront;

/// <summary>The A/B experiments of the storefront, with the configuration that it ships.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const string Flags = "feature_management:feature_flags";
    private const string ItemPage = ShopExperiments.ItemPage.Name;
    private const string Checkout = ShopExperiments.Checkout.Name;

    private static readonly (string, string?)[] _running = [($"{Flags}:0:enabled", "true"), ($"{Flags}:1:enabled", "true")];

    private readonly RecordedEvents _events = new();
    private InProcessService? _storefront;

    public void Dispose() => _storefront?.Dispose();

    [Fact]
    public async Task Visitors_are_shared_among_the_variants_as_configured_and_take_part_in_one_experiment()
    {
        var flags = Start(_running).GetRequiredService<IVariantFeatureManager>();
        var counts = new Dictionary<string, int>();
        var random = new Random(12);
        for (var i = 0; i < 10_000; i++)
        {
            var id = new byte[16];
            random.NextBytes(id);
            var visitor = new TargetingContext { UserId = new Guid(id).ToString("n"), Groups = [] };
            var itemPage = await flags.GetVariantAsync(ItemPage, visitor, default);
            var checkout = await flags.GetVariantAsync(Checkout, visitor, default);
            var variant = Assert.Single((Variant?[])[itemPage, checkout], variant => variant is not null)!;
            counts[variant.Name] = counts.GetValueOrDefault(variant.Name) + 1;
        }

        Assert.Equal(ShopExperiments.All.Values.SelectMany(variants => variants).Order(), counts.Keys.Order());
        // 25% of 10,000, and 3.5 standard deviations.
        Assert.All(counts.Values, count => Assert.InRange(count, 2350, 2650));
    }

    [Fact]
    public async Task Visitor_keeps_the_variant_in_the_session_and_in_the_sessions_that_follow()
    {
        Start(_running);
        foreach (var _ in Enumerable.Range(0, 40))
        {
            var session = VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow);
            var first = (await GetAsync(session, ItemPage), await GetAsync(session, Checkout));
            Assert.NotEmpty(session.Experiment);

            Assert.Equal(first, (await GetAsync(session, ItemPage), await GetAsync(session, Checkout)));
            session.StartNext(DateTimeOffset.UtcNow);
            // Also where the next session would have been given another variant.
            Assert.Equal(first, (await GetAsync(session, ItemPage), await GetAsync(session, Checkout)));
        }

        Assert.All(_events.All, exposure => Assert.Equal("feature_flag.evaluation", exposure.Name));
        // Everybody takes part in one of the two, and was exposed three times.
        Assert.Equal(40 * 3, _events.All.Count);
        Assert.Equal(40, _events.All.Count(exposure => exposure.Fields["feature_flag.result.reason"] is "split"));
    }

    [Fact]
    public async Task Variant_of_a_visitor_is_the_same_in_whichever_session_a_page_renders_it_first()
    {
        Start(_running);
        var variants = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            var session = VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow);
            var later = VisitorSession.Deserialize(session.Serialize())!;
            later.StartNext(DateTimeOffset.UtcNow);
            later.StartNext(DateTimeOffset.UtcNow);

            variants.Add(await GetAsync(session, ItemPage));
            Assert.Equal(variants[^1], await GetAsync(later, ItemPage));
            Assert.Equal((session.Experiment, session.ExperimentGroup), (later.Experiment, later.ExperimentGroup));
        }

        Assert.Equal(2, variants.Distinct().Count());
    }

    [Fact]
    public async Task Exposure_is_recorded_once_in_a_request_with_the_names_of_OpenTelemetry()
    {
        var services = Start(_running);
        var session = VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow);
        session.JoinExperiment(ItemPage, ShopExperiments.ItemPage.PictureTop);
        await using var scope = services.CreateAsyncScope();
        var variants = CreateRequest(scope.ServiceProvider, session, "");

        Assert.Equal(ShopExperiments.ItemPage.PictureTop, await variants.GetAsync(ItemPage, default));
        Assert.Equal(ShopExperiments.ItemPage.PictureTop, await variants.GetAsync(ItemPage, default));

        var exposure = Assert.Single(_events.All);
        Assert.Equal(
            [
                ("feature_flag.context.id", session.SessionId), ("feature_flag.key", ItemPage),
                ("feature_flag.provider.name", "Microsoft.FeatureManagement"), ("feature_flag.result.reason", "cached"),
                ("feature_flag.result.variant", ShopExperiments.ItemPage.PictureTop),
            ],
            exposure.Fields.Select(field => (field.Key, (string)field.Value!)).Order());
    }

    [Theory]
    [InlineData("enabled", "false")]
    [InlineData("conditions:client_filters:0:parameters:End", "2026-11-02T00:00:00Z")]
    [InlineData("conditions:client_filters:0:parameters:Start", "2036-10-31T00:00:00Z")]
    public async Task Experiment_that_is_not_running_shows_the_first_variant_and_exposes_nobody(string setting, string value)
    {
        Start(setting == "enabled" ? [($"{Flags}:0:{setting}", value)] : [($"{Flags}:0:enabled", "true"), ($"{Flags}:0:{setting}", value)]);
        var session = VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow);
        session.JoinExperiment(ItemPage, ShopExperiments.ItemPage.PictureTop);

        Assert.Equal(ShopExperiments.ItemPage.PictureLeft, await GetAsync(session, ItemPage));

        Assert.Empty(_events.All);
    }

    [Theory]
    [InlineData("Development", "picture_top")]
    [InlineData("Staging", "picture_top")]
    [InlineData("Production", "picture_left")]
    public async Task Variant_is_forced_outside_of_Production_only(string environment, string variant)
    {
        Start([], environment);
        var session = VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow);

        Assert.Equal(variant, await GetAsync(session, ItemPage, "?variant=item_page:picture_top"));
        using var response = await _storefront!.Client.GetAsync("/cart?variant=item_page:picture_top");

        Assert.Equal(environment != "Production", response.Headers.GetValues("Set-Cookie").Any(cookie => cookie.Contains("shop-variant=")));
        Assert.Equal(environment == "Production" ? 0 : 1, _events.Of("feature_flag.evaluation").Count);
    }

    [Theory]
    [InlineData("?variant=item_page:no_such_variant")]
    [InlineData("?variant=no_such_experiment:picture_top")]
    [InlineData("?variant=picture_top")]
    [InlineData("?variant=")]
    public async Task Variant_that_does_not_exist_is_not_forced(string query)
    {
        Start([], "Development");

        Assert.Equal(
            ShopExperiments.ItemPage.PictureLeft,
            await GetAsync(VisitorSession.CreateForNewVisitor(DateTimeOffset.UtcNow), ItemPage, query));
    }

    [Theory]
    [InlineData("0:variants:0:configuration_value:pages:0", "/no/such/page", "'/no/such/page' is not a route")]
    [InlineData("0:variants:0:name", "picture_right", "the variants must be picture_left, picture_top")]
    [InlineData("0:id", "item_layout", "item_layout: no page knows this experiment")]
    [InlineData("0:allocation:seed", "another", "must have the same seed")]
    [InlineData("0:allocation:percentile:1:to", "60", "the shares of picture_top and one_page overlap")]
    [InlineData("0:allocation:percentile:1:to", "101", "must have 0 <= from < to <= 100")]
    [InlineData("0:allocation:percentile:0:variant", "none", "'none' is not a variant")]
    [InlineData("0:allocation:default_when_enabled", "picture_left", "must have shares only")]
    public void Storefront_does_not_start_with_an_experiment_that_is_not_valid(string setting, string value, string error)
    {
        var exception = Assert.ThrowsAny<Exception>(() => Start([.. _running, ($"{Flags}:{setting}", value)]));

        var invalid = exception as OptionsValidationException ?? exception.InnerException as OptionsValidationException;
        Assert.NotNull(invalid);
        Assert.Contains(invalid.Failures, failure => failure.Contains(error, StringComparison.Ordinal));
    }

    private IServiceProvider Start((string, string?)[] settings, string environment = "Production")
    {
        _storefront = InProcessService.Start("storefront", environment, settings);
        _storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(_events);
        return _storefront.Services;
    }

    private async Task<string> GetAsync(VisitorSession session, string experiment, string query = "")
    {
        await using var scope = _storefront!.Services.CreateAsyncScope();
        return await CreateRequest(scope.ServiceProvider, session, query).GetAsync(experiment, default);
    }

    private static ExperimentVariants CreateRequest(IServiceProvider services, VisitorSession session, string query)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.QueryString = new(query);
        context.Features.Set(session);
        services.GetRequiredService<IHttpContextAccessor>().HttpContext = context;
        return services.GetRequiredService<ExperimentVariants>();
    }
}
