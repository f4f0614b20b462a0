namespace Shop.Visitors.Plans;

/// <summary>The last step of a visit.</summary>
internal enum VisitStep
{
    /// <summary>The first page.</summary>
    Landing,

    /// <summary>The list of products.</summary>
    List,

    /// <summary>The page of a product.</summary>
    Item,

    /// <summary>A product was added, and the cart was looked at.</summary>
    Cart,

    /// <summary>The checkout form was looked at, after the sign-in of a member.</summary>
    CheckoutForm,

    /// <summary>The order was placed and its page followed until it was final.</summary>
    Order,
}

/// <summary>The segment that a visit is meant to have in the end. The names are those of the storefront.</summary>
internal enum Segment
{
    /// <summary>A new visitor.</summary>
    New,

    /// <summary>A visitor whose first session was earlier. It has one page.</summary>
    Returning,

    /// <summary>A visitor who registers before the checkout.</summary>
    Member,
}

/// <summary>What goes wrong in a visit.</summary>
internal enum FaultKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The form of the sign-in takes seconds.</summary>
    SlowSignIn,

    /// <summary>A gateway returns 504 instead of the product that was added to the cart.</summary>
    GatewayTimeout,

    /// <summary>The name of the sign-in service cannot be resolved.</summary>
    NameResolution,

    /// <summary>The services do not accept connections while the order is placed.</summary>
    ConnectTimeout,

    /// <summary>The browser does not follow the redirect after a product was added.</summary>
    LostRedirect,

    /// <summary>A script of another site does not load on the checkout page.</summary>
    ThirdPartyScript,

    /// <summary>The visitor is sent to the sign-in, and never comes back.</summary>
    RedirectWithoutCallback,
}

/// <summary>Everything that is random about a visit, decided before it starts.</summary>
/// <param name="Number">The number of the visit, from 0 on.</param>
/// <param name="Arrival">When it starts, after the start of the run.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Source">The site or campaign that leads to the shop; <c>direct</c> for none.</param>
/// <param name="IsCampaign">Whether the source is in the address (<c>utm_source</c>) and not in the header <c>Referer</c>.</param>
/// <param name="Variant">The variant that the first page selects, such as <c>checkout:two_steps</c>; null for none.</param>
/// <param name="IsMobile">Whether the device is a phone.</param>
/// <param name="HasScript">Whether the browser runs scripts and sends beacons.</param>
/// <param name="LastStep">The step after which the visitor leaves, unless a fault ends the visit before.</param>
/// <param name="Items">The products that the visitor looks at, as positions in the list. The last one is added to the cart.</param>
/// <param name="Fault">What goes wrong.</param>
/// <param name="Recovers">Whether the visitor tries again after the fault, or waits until it ends. Otherwise the visitor leaves.</param>
/// <param name="Reloads">Whether the visitor reloads the page of a product.</param>
/// <param name="GoesBack">Whether the visitor goes back to the list, which the browser shows without a request.</param>
/// <param name="OpensTab">Whether the visitor looks at a product in a second tab.</param>
/// <param name="ChangesQuantity">Whether the visitor changes the quantity in the cart.</param>
/// <param name="DoubleClicks">Whether the order button is pressed twice.</param>
/// <param name="CardIsDeclined">Whether the first card is declined. The visitor then tries another one.</param>
/// <param name="ThinkingFactors">The times that the visitor thinks before each step, relative to the mean.</param>
/// <param name="LandsOnItem">Whether the first page is that of a product and not the front page.</param>
internal sealed record VisitPlan(
    int Number,
    TimeSpan Arrival,
    Segment Segment,
    string Source,
    bool IsCampaign,
    string? Variant,
    bool IsMobile,
    bool HasScript,
    VisitStep LastStep,
    IReadOnlyList<int> Items,
    FaultKind Fault,
    bool Recovers,
    bool Reloads,
    bool GoesBack,
    bool OpensTab,
    bool ChangesQuantity,
    bool DoubleClicks,
    bool CardIsDeclined,
    IReadOnlyList<double> ThinkingFactors,
    bool LandsOnItem);
