using Shop.Visitors.Plans;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Walking;

/// <summary>Walks through the shop as planned, and records what its events must be.</summary>
internal sealed class Visitor
{
    /// <summary>The selector of the links to products in a list, without those that are sold out.</summary>
    public const string ProductLinks = "#products .card:not(:has(.stock.none)) > a";

    private const string DesktopAgent =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 ShopVisitors/1.0";

    private const string MobileAgent =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 "
        + "Safari/604.1 ShopVisitors/1.0";

    private const string Direct = "direct";
    private const string Password = "a-simulated-visitor-of-the-shop";
    private const string GoodCard = "tok_ok";
    private const string DeclinedCard = "tok_declined";
    private const int MaxAttempts = 60;
    private const int MaxReloads = 5;

    private static readonly TimeSpan _orderTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(2);

    private readonly VisitPlan _plan;
    private readonly Func<CancellationToken, Task<IReadOnlyList<string>>> _findProducts;
    private readonly VisitTruth _truth;
    private readonly Browser _browser;
    private readonly TimeSpan _meanThinkingTime;
    private readonly HashSet<string> _cart = [];
    private int _thoughts;
    private Page? _page;

    /// <summary>Creates a visitor.</summary>
    /// <param name="http">The client of the shop.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="meanThinkingTime">The mean time before each step.</param>
    /// <param name="findProducts">Returns the addresses of products that another site knows.</param>
    public Visitor(
        HttpClient http, VisitPlan plan, TimeSpan meanThinkingTime, Func<CancellationToken, Task<IReadOnlyList<string>>> findProducts)
    {
        (_plan, _meanThinkingTime, _findProducts) = (plan, meanThinkingTime, findProducts);
        _truth = new VisitTruth(plan.Number, plan.IsMobile ? "mobile" : "desktop");
        _browser = new Browser(http, plan.IsMobile ? MobileAgent : DesktopAgent, plan.HasScript, Direct, _truth);
    }

    private Page Current => _page ?? throw new InvalidOperationException("No page is open.");

    /// <summary>Makes the visit. A failure that is not planned ends the visit and is part of the truth.</summary>
    public async Task<VisitTruth> WalkAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WalkStepsAsync(cancellationToken);
        }
        catch (UnexpectedPageException unexpected)
        {
            AddFailure(unexpected.Page.Path, unexpected.Page.Status, unexpected.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException
            && !cancellationToken.IsCancellationRequested)
        {
            AddFailure(_page?.Path ?? "/", null, exception.Message);
        }

        return _truth;
    }

    private async Task WalkStepsAsync(CancellationToken cancellationToken)
    {
        if (_plan.Segment is Segment.Returning)
        {
            ShowPage(await _browser.GetAsync("/", null, cancellationToken));
            await LeaveAsync("other", cancellationToken);
            _browser.StartsNextSession = true;
        }

        await LandAsync(cancellationToken);
        if (_plan.LastStep >= VisitStep.List)
        {
            await FollowLinkAsync("/products", "browse", cancellationToken);
        }

        if (_plan.LastStep >= VisitStep.Item && !await LookAtItemsAsync(cancellationToken))
        {
            await LeaveAsync("other", cancellationToken);
            return; // sold out
        }

        if (_plan.LastStep >= VisitStep.Cart && !await AddToCartAsync(cancellationToken))
        {
            return;
        }

        if (_plan.LastStep >= VisitStep.CheckoutForm && !await OpenCheckoutAsync(cancellationToken))
        {
            return;
        }

        if (_plan.LastStep >= VisitStep.Order && !await OrderAsync(cancellationToken))
        {
            return;
        }

        await LeaveAsync("other", cancellationToken);
    }

    private async Task LandAsync(CancellationToken cancellationToken)
    {
        _browser.Source = _plan.Source;
        var fields = new List<string>();
        if (_plan.IsCampaign)
        {
            fields.Add($"utm_source={_plan.Source}");
        }

        if (_plan.Variant is not null)
        {
            fields.Add($"variant={_plan.Variant}");
        }

        var referrer = _plan.Source is Direct || _plan.IsCampaign ? null : new Uri($"https://{_plan.Source}/");
        var query = fields.Count == 0 ? "" : $"?{string.Join('&', fields)}";
        var products = _plan.LandsOnItem ? await _findProducts(cancellationToken) : [];
        if (products.Count > 0)
        {
            ShowItem(await _browser.GetAsync(products[_plan.Items[0] % products.Count] + query, referrer, cancellationToken));
        }
        else
        {
            ShowPage(await _browser.GetAsync($"/{query}", referrer, cancellationToken));
        }
    }

    private async Task<bool> LookAtItemsAsync(CancellationToken cancellationToken)
    {
        var list = Current;
        var links = list.GetLinks(ProductLinks);
        if (links.Count == 0)
        {
            return false;
        }

        foreach (var (item, index) in _plan.Items.Select((item, index) => (item, index)))
        {
            if (index > 0)
            {
                await GoBackAsync(list, cancellationToken);
            }

            await FollowLinkAsync(links[item % links.Count], "open-product", cancellationToken);
            if (index == 0 && _plan.Reloads)
            {
                await ThinkAsync(cancellationToken);
                await LeaveAsync("reload", cancellationToken);
                ShowItem(await _browser.GetAsync(Current.Address.PathAndQuery, list.Address, cancellationToken));
            }

            if (index == 0 && _plan.OpensTab)
            {
                // The second tab is closed again, and the first one goes on.
                var (first, link) = (Current, links[(item + 1) % links.Count]);
                ShowItem(await _browser.GetAsync(link, list.Address, cancellationToken));
                await LeaveAsync("other", cancellationToken);
                _page = first;
            }
        }

        return Current.Has("#add-to-cart");
    }

    private async Task GoBackAsync(Page list, CancellationToken cancellationToken)
    {
        await ThinkAsync(cancellationToken);
        if (_plan.GoesBack)
        {
            await LeaveAsync("traverse", cancellationToken);
            // The browser kept the page. It is a new one for the events that follow.
            _page = new Page(list.Address, list.Status, list.Ids, list.Html, null, null);
            await _browser.ReportAsync(Current, cancellationToken, BrowserEvent.Restored);
        }
        else
        {
            await FollowLinkAsync("/products", null, cancellationToken);
        }
    }

    private async Task<bool> AddToCartAsync(CancellationToken cancellationToken)
    {
        var item = Current;
        await ThinkAsync(cancellationToken);
        await LeaveAsync("form", cancellationToken, BrowserEvent.Clicked("add-to-cart"));
        var (action, fields) = item.ReadForm("#add-to-cart");
        var added = await _browser.PostAsync(item, action, fields, cancellationToken);
        RequireRedirect(added, item.Path);
        if (!added.Redirect!.Query.Contains("added=1", StringComparison.Ordinal))
        {
            throw new UnexpectedPageException(added, $"The product was not added: {added.Redirect.Query}");
        }

        _truth.Expect(added.Ids.SessionId, _cart.Add(fields["sku"]) ? "cart.line_added" : "cart.line_changed");
        if (_plan.Fault is FaultKind.LostRedirect)
        {
            AddFault(added, recovered: _plan.Recovers, jump: added.Jump);
            if (!_plan.Recovers)
            {
                return false;
            }

            // The browser is still on the page, whose link leads to the cart.
        }
        else
        {
            var shown = await _browser.FollowAsync(
                added, item.Address, cancellationToken, _plan.Fault is FaultKind.GatewayTimeout ? "gateway_timeout" : null);
            if (_plan.Fault is FaultKind.GatewayTimeout)
            {
                RequireUnavailable(shown);
                AddFault(shown, recovered: _plan.Recovers, jump: added.Jump);
                _page = shown;
                if (!_plan.Recovers)
                {
                    await LeaveAsync("other", cancellationToken);
                    return false;
                }

                await ThinkAsync(cancellationToken);
                await LeaveAsync("reload", cancellationToken);
                shown = await _browser.GetAsync(shown.Address.PathAndQuery, item.Address, cancellationToken);
            }

            ShowItem(shown);
        }

        await OpenCartAsync(cancellationToken);
        return true;
    }

    private async Task OpenCartAsync(CancellationToken cancellationToken)
    {
        await FollowLinkAsync("/cart", null, cancellationToken);
        if (!_plan.ChangesQuantity)
        {
            return;
        }

        var cart = Current;
        await ThinkAsync(cancellationToken);
        await LeaveAsync("form", cancellationToken, BrowserEvent.Clicked("change-quantity"));
        var (action, fields) = cart.ReadForm("form.change");
        fields["quantity"] = "2";
        var changed = await _browser.PostAsync(cart, action, fields, cancellationToken);
        RequireRedirect(changed, "/cart");
        _truth.Expect(changed.Ids.SessionId, "cart.line_changed");
        ShowPage(await _browser.FollowAsync(changed, cart.Address, cancellationToken));
    }

    private async Task<bool> OpenCheckoutAsync(CancellationToken cancellationToken)
    {
        if (_plan.Segment is Segment.Member)
        {
            if (!await SignInAsync(cancellationToken))
            {
                return false;
            }
        }
        else
        {
            await FollowLinkAsync("/checkout", "checkout", cancellationToken);
        }

        await WaitForFormAsync(cancellationToken);
        if (_plan.Fault is FaultKind.ThirdPartyScript)
        {
            await _browser.ReportAsync(Current, cancellationToken, BrowserEvent.ScriptNotLoaded);
            AddFault(Current, recovered: false, jump: null);
            await LeaveAsync("other", cancellationToken);
            return false;
        }

        return true;
    }

    /// <summary>Creates an account on the way to the checkout.</summary>
    private async Task<bool> SignInAsync(CancellationToken cancellationToken)
    {
        var from = Current.Address;
        await ThinkAsync(cancellationToken);
        await LeaveAsync("link", cancellationToken, BrowserEvent.Clicked("sign-in"));
        var login = await _browser.GetAsync("/login?returnUrl=%2Fcheckout", from, cancellationToken);
        RequireRedirect(login, "/sso/authorize");
        if (_plan.Fault is FaultKind.NameResolution)
        {
            var failed = await _browser.FollowAsync(login, from, cancellationToken, "name_resolution");
            RequireUnavailable(failed);
            AddFault(failed, recovered: _plan.Recovers, jump: login.Jump);
            _page = failed;
            if (!_plan.Recovers)
            {
                await LeaveAsync("other", cancellationToken);
                return false;
            }

            await ThinkAsync(cancellationToken);
            login = await _browser.GetAsync("/login?returnUrl=%2Fcheckout", from, cancellationToken);
        }

        var authorize = await _browser.FollowAsync(login, from, cancellationToken);
        ShowPage(await _browser.FollowAsync(authorize, from, cancellationToken));
        if (_plan.Fault is FaultKind.RedirectWithoutCallback)
        {
            AddFault(login, recovered: false, jump: login.Jump);
            return false;
        }

        var loginPage = Current;
        ShowPage(await _browser.GetAsync(loginPage.GetLink("a[href^='/sso/register']"), loginPage.Address, cancellationToken));
        await ThinkAsync(cancellationToken);
        var register = Current;
        var (action, fields) = register.ReadForm("form");
        fields["Input.Email"] = $"visitor-{Guid.NewGuid():n}@example.org";
        fields["Input.Password"] = Password;
        var registered = await _browser.PostAsync(
            register, action, fields, cancellationToken, _plan.Fault is FaultKind.SlowSignIn ? "slow_sign_in" : null);
        RequireRedirect(registered, "/sso/authorize");
        if (_plan.Fault is FaultKind.SlowSignIn)
        {
            AddFault(registered, recovered: _plan.Recovers, jump: registered.Jump);
            if (!_plan.Recovers)
            {
                return false;
            }
        }

        var authorized = await _browser.FollowAsync(registered, register.Address, cancellationToken);
        var callback = await _browser.FollowAsync(authorized, register.Address, cancellationToken);
        RequireRedirect(callback, "/checkout");
        ShowPage(await _browser.FollowAsync(callback, register.Address, cancellationToken));
        return true;
    }

    private async Task<bool> OrderAsync(CancellationToken cancellationToken)
    {
        var card = _plan.CardIsDeclined ? DeclinedCard : GoodCard;
        if (!await PlaceOrderAsync(card, cancellationToken))
        {
            return false;
        }

        if (card is DeclinedCard)
        {
            await FollowLinkAsync("/checkout", "try-again", cancellationToken);
            await WaitForFormAsync(cancellationToken);
            return await PlaceOrderAsync(GoodCard, cancellationToken);
        }

        return true;
    }

    // A busy machine may need longer than a page waits for prices. The page then has no form.
    private async Task WaitForFormAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; !Current.Has("#checkout"); attempt++)
        {
            if (attempt == MaxReloads)
            {
                throw new UnexpectedPageException(Current, "The cart cannot be ordered.");
            }

            await Task.Delay(_retryDelay, cancellationToken);
            await LeaveAsync("reload", cancellationToken);
            ShowPage(await _browser.GetAsync("/checkout", Current.Address, cancellationToken));
        }

        if (Current.Ids.Experiment == "checkout")
        {
            _truth.Expect(Current.Ids.SessionId, "feature_flag.evaluation");
        }
    }

    private async Task<bool> PlaceOrderAsync(string card, CancellationToken cancellationToken)
    {
        await ThinkAsync(cancellationToken);
        if (Current.Has("#continue"))
        {
            var delivery = Current;
            var (next, entered) = FillIn(delivery);
            await LeaveAsync("form", cancellationToken, BrowserEvent.Clicked("continue-to-payment"));
            ShowPage(await _browser.PostAsync(delivery, next, entered, cancellationToken));
            await ThinkAsync(cancellationToken);
        }

        var form = Current;
        await LeaveAsync("form", cancellationToken, BrowserEvent.Clicked("place-order"));
        var (action, fields) = FillIn(form);
        fields["card"] = card;
        if (_plan.Fault is FaultKind.ConnectTimeout && _truth.Faults.Count == 0)
        {
            var failed = await _browser.PostAsync(form, action, fields, cancellationToken, "connect_timeout");
            RequireUnavailable(failed);
            AddFault(failed, recovered: _plan.Recovers, jump: null);
            _page = failed;
            if (!_plan.Recovers)
            {
                await LeaveAsync("other", cancellationToken);
                return false;
            }

            // The page has the form again. It has the same key.
            await ThinkAsync(cancellationToken);
        }

        var second = _plan.DoubleClicks ? _browser.PostAsync(form, action, fields, cancellationToken) : null;
        var placed = await PostUntilAvailableAsync(form, action, fields, cancellationToken);
        RequireRedirect(placed, "/orders/");
        _truth.Expect(placed.Ids.SessionId, "checkout.submitted");
        var orderId = placed.Redirect!.AbsolutePath["/orders/".Length..];
        _truth.Orders.Add(new(_plan.Number, placed.Ids.SessionId, orderId, card, Status: ""));
        if (second is not null)
        {
            // The browser shows the result of the last click only.
            RequireRedirect(await second, placed.Redirect.AbsolutePath);
            _truth.Expect(placed.Ids.SessionId, "checkout.repeated");
        }

        ShowPage(await _browser.FollowAsync(placed, form.Address, cancellationToken));
        await FollowOrderAsync(orderId, placed, card, cancellationToken);
        return true;
    }

    /// <summary>Sends the form again while the shop says that it cannot take the order now. All attempts have the same key.</summary>
    private async Task<Page> PostUntilAvailableAsync(
        Page form, string action, Dictionary<string, string> fields, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var placed = await _browser.PostAsync(form, action, fields, cancellationToken);
            if (placed.Status != 503 || attempt == MaxAttempts)
            {
                return placed;
            }

            AddFailure(placed.Path, placed.Status, "The order could not be placed, and was placed again.");
            await Task.Delay(_retryDelay, cancellationToken);
        }
    }

    private static (string Action, Dictionary<string, string> Fields) FillIn(Page page)
    {
        var (action, fields) = page.ReadForm("#checkout");
        fields["name"] = "Ada Example";
        fields["address"] = "1 Analytical Row, London";
        fields["email"] = "ada@example.org";
        return (action, fields);
    }

    private async Task FollowOrderAsync(string orderId, Page placed, string card, CancellationToken cancellationToken)
    {
        var status = "";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_orderTimeout);
        while (!IsFinal(status))
        {
            await Task.Delay(_pollInterval, timeout.Token);
            if (await _browser.ReadPartAsync($"/orders/{orderId}/status", timeout.Token) is { } part)
            {
                status = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(part)
                    .QuerySelector(".order")?.GetAttribute("data-status") ?? "";
            }
        }

        _truth.Orders[^1] = _truth.Orders[^1] with { Status = status };
        _truth.Expect(placed.Ids.SessionId, "order.submitted", "stock.reserved");
        if (status == (card is DeclinedCard ? "Rejected" : "Confirmed"))
        {
            ReadOnlySpan<string> events = card is DeclinedCard
                ? ["payment.declined", "order.rejected", "stock.released"]
                : ["payment.accepted", "stock.committed", "order.confirmed", "cart.emptied"];
            _truth.Expect(placed.Ids.SessionId, events);
        }
        else
        {
            AddFailure(placed.Path, null, $"The order has ended with the status {status}.");
        }
    }

    private static bool IsFinal(string status) => status is "Confirmed" or "Rejected" or "Cancelled" or "Refunded";

    private async Task FollowLinkAsync(string address, string? action, CancellationToken cancellationToken)
    {
        var from = Current.Address;
        await ThinkAsync(cancellationToken);
        await LeaveAsync("link", cancellationToken, action is null ? [] : [BrowserEvent.Clicked(action)]);
        var page = await _browser.GetAsync(address, from, cancellationToken);
        if (address.StartsWith("/products/", StringComparison.Ordinal))
        {
            ShowItem(page);
        }
        else
        {
            ShowPage(page);
        }
    }

    /// <summary>Reports what the script of a page reports when the page is left.</summary>
    private Task LeaveAsync(string cause, CancellationToken cancellationToken, params BrowserEvent[] before) => _browser.ReportAsync(
        Current, cancellationToken,
        [.. before, BrowserEvent.Vital("lcp", 400), BrowserEvent.Vital("cls", 0), BrowserEvent.Left(cause, 1000)]);

    private void ShowPage(Page page)
    {
        if (page.Status != 200 || page.Redirect is not null)
        {
            throw new UnexpectedPageException(page, "The page is not shown.");
        }

        if (page.Path == "/cart")
        {
            _truth.Expect(page.Ids.SessionId, "cart.viewed");
        }

        _page = page;
    }

    private void ShowItem(Page page)
    {
        ShowPage(page);
        _truth.Expect(page.Ids.SessionId, "product.viewed");
        if (page.Ids.Experiment == "item_page")
        {
            _truth.Expect(page.Ids.SessionId, "feature_flag.evaluation");
        }
    }

    private async Task ThinkAsync(CancellationToken cancellationToken) => await Task.Delay(
        _meanThinkingTime * _plan.ThinkingFactors[_thoughts++ % _plan.ThinkingFactors.Count], cancellationToken);

    private static void RequireRedirect(Page page, string path)
    {
        if (page.Redirect is null || !page.Redirect.AbsolutePath.StartsWith(path, StringComparison.Ordinal))
        {
            throw new UnexpectedPageException(page, $"The response does not lead to {path}.");
        }
    }

    private static void RequireUnavailable(Page page)
    {
        if (page.Status != 503)
        {
            throw new UnexpectedPageException(page, "The requested fault did not happen.");
        }
    }

    private void AddFault(Page page, bool recovered, Jump? jump) => _truth.Faults.Add(new(
        _plan.Number, GetCause(_plan.Fault), page.Ids.SessionId, page.Ids.TraceId, jump?.From, jump?.To, recovered));

    private static string GetCause(FaultKind fault) => fault switch
    {
        FaultKind.SlowSignIn => "slow_sign_in",
        FaultKind.GatewayTimeout => "gateway_timeout",
        FaultKind.NameResolution => "name_resolution",
        FaultKind.ConnectTimeout => "connect_timeout",
        FaultKind.LostRedirect => "lost_redirect",
        FaultKind.ThirdPartyScript => "third_party_script",
        FaultKind.RedirectWithoutCallback => "redirect_without_callback",
        _ => "none",
    };

    private void AddFailure(string request, int? status, string reason) =>
        _truth.Failures.Add(new(_plan.Number, DateTimeOffset.UtcNow, request, status, reason));
}
