using System.Collections.Frozen;

namespace Shop.Storefront.Experiments;

/// <summary>The experiments that pages know, and their variants. The first variant of each is for visitors who do not take part.</summary>
internal static class ShopExperiments
{
    /// <summary>The layout of the page of a product.</summary>
    public static class ItemPage
    {
        public const string Name = "item_page";
        public const string PictureLeft = "picture_left";
        public const string PictureTop = "picture_top";
    }

    /// <summary>The number of pages of the checkout.</summary>
    public static class Checkout
    {
        public const string Name = "checkout";
        public const string OnePage = "one_page";
        public const string TwoSteps = "two_steps";
    }

    /// <summary>The variants of each experiment by its name, which is the id of a variant feature flag.</summary>
    public static FrozenDictionary<string, IReadOnlyList<string>> All { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        [ItemPage.Name] = [ItemPage.PictureLeft, ItemPage.PictureTop],
        [Checkout.Name] = [Checkout.OnePage, Checkout.TwoSteps],
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
