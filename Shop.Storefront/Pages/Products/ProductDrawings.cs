using System.Collections.Frozen;
using Microsoft.AspNetCore.Components;

namespace Shop.Storefront.Pages.Products;

/// <summary>
/// The drawings of products, in SVG on a canvas of 400 by 300. They are part of the page, so they cost no request and follow light and
/// dark. The classes t1 to t5 fill, and s1 to s5 draw, with the tones of the product's palette.
/// </summary>
internal static class ProductDrawings
{
    private const string Shadow = """<ellipse class="shade" cx="200" cy="250" rx="104" ry="11"/>""";

    private static readonly FrozenDictionary<string, string> _drawings = new Dictionary<string, string>
    {
        ["tote"] = """
            <path class="s5 thick" d="M160 118V92a40 40 0 0 1 80 0v26"/><path class="t1" d="M112 112h176l-14 136H126z"/>
            <path class="t2" d="M112 112h176l-3 26H115z"/><path class="t3" d="M172 168h56v44h-56z"/>
            <path class="s4 thin" d="M180 176h40M180 186h40"/>
            """,
        ["daypack"] = """
            <path class="s5 thick" d="M178 78a22 22 0 0 1 44 0"/>
            <path class="t1" d="M138 118a62 46 0 0 1 124 0v118q0 12-12 12H150q-12 0-12-12z"/>
            <path class="t2" d="M138 130h124v26H138z"/><rect class="t3" x="156" y="176" width="88" height="56" rx="12"/>
            <path class="s4 thin" d="M164 192h72"/><rect class="t5" x="192" y="122" width="16" height="44" rx="6"/>
            """,
        ["duffel"] = """
            <path class="s5 thick" d="M150 150v-22a50 46 0 0 1 100 0v22"/>
            <rect class="t1" x="82" y="138" width="236" height="108" rx="46"/>
            <path class="t2" d="M128 138h26v108h-26zM246 138h26v108h-26z"/><path class="s4 thin" d="M110 164h180"/>
            <rect class="t3" x="188" y="156" width="24" height="16" rx="4"/>
            """,
        ["pouch"] = """
            <rect class="t1" x="96" y="118" width="208" height="126" rx="16"/>
            <path class="t2" d="M112 118h176q16 0 16 16v22H96v-22q0-16 16-16z"/>
            <path class="s3" d="M108 156h184"/><rect class="t3" x="262" y="150" width="14" height="34" rx="6"/>
            """,
        ["moka"] = """
            <path class="t2" d="M150 92h100l-12 64h-76z"/><path class="t1" d="M162 156h76l20 90H142z"/>
            <path class="t5" d="M156 82h88v12h-88z"/>
            <circle class="t3" cx="200" cy="74" r="9"/><path class="s5 thick" d="M252 100h32v50"/>
            <path class="t2" d="M150 94l-22 14 26 10z"/><path class="s4 thin" d="M166 186h68"/>
            """,
        ["grinder"] = """
            <path class="s5" d="M200 92V70h62"/><circle class="t3" cx="266" cy="70" r="13"/><path class="t2" d="M164 92h72v44h-72z"/>
            <path class="t1" d="M156 136h88v92q0 20-20 20h-48q-20 0-20-20z"/><path class="s4 thin" d="M156 160h88M156 214h88"/>
            <path class="t5" d="M172 88h56v8h-56z"/>
            """,
        ["dripper"] = """
            <path class="t2" d="M128 96h144l-50 80h-44z"/>
            <path class="s4 thin" d="M152 104l34 66M176 104l16 66M224 104l-16 66M248 104l-34 66"/>
            <path class="t1" d="M150 176h100v12H150z"/>
            <path class="t4" d="M156 194h88l8 46q0 8-8 8h-88q-8 0-8-8z"/><path class="t3" d="M152 216h96l4 24q0 8-8 8h-88q-8 0-8-8z"/>
            <path class="s2" d="M250 204h26v28h-22"/>
            """,
        ["blend"] = """
            <path class="t1" d="M142 84h116v150q0 14-14 14h-88q-14 0-14-14z"/><path class="t2" d="M142 84h116l-8-20H150z"/>
            <rect class="t4" x="158" y="124" width="84" height="84" rx="6"/>
            <ellipse class="t5" cx="200" cy="166" rx="20" ry="28" transform="rotate(24 200 166)"/>
            <path class="s4 thin" d="M210 142q-20 22-20 48"/>
            """,
        ["stand"] = """
            <path class="t5" d="M118 108h164l14 84H104z"/><path class="t2" d="M128 116h144l11 66H117z"/>
            <path class="s4 thin" d="M146 134h74M143 150h96"/>
            <path class="s1 thick" d="M96 200h208l-40 42h-84"/>
            """,
        ["lamp"] = """
            <path class="s5" d="M178 242l-32-78 76-62"/><path class="t1" d="M206 78l62 30-20 44-62-30z"/>
            <path class="t4" d="M186 122l62 30-8 12q-40 2-62-28z"/>
            <circle class="t3" cx="146" cy="164" r="11"/><rect class="t1" x="132" y="238" width="92" height="12" rx="6"/>
            """,
        ["clock"] = """
            <circle class="t1" cx="200" cy="158" r="88"/><circle class="t4" cx="200" cy="158" r="74"/>
            <path class="s5" d="M200 158v-46M200 158l34 18"/>
            <path class="s3 thin" d="M200 170l-28-54"/><circle class="t5" cx="200" cy="158" r="6"/>
            <path class="s2 thin" d="M200 94v6M200 216v6M136 158h6M258 158h6"/>
            """,
        ["desk mat"] = """
            <path class="t3" d="M96 112h208l30 124H66z"/><path class="t2" d="M66 236h268l2 10H64z"/>
            <path class="t4" d="M230 132h50l10 44h-54z"/>
            <path class="s5" d="M128 196l58-46"/><path class="s1 thin" d="M240 144h34M243 156h34"/>
            """,
        ["pan"] = """
            <path class="s5 thick" d="M272 168l74-30"/><ellipse class="t5" cx="188" cy="186" rx="104" ry="56"/>
            <ellipse class="t1" cx="188" cy="176" rx="104" ry="56"/>
            <ellipse class="t2" cx="188" cy="180" rx="84" ry="42"/><ellipse class="t4" cx="176" cy="180" rx="38" ry="20"/>
            <ellipse class="t3" cx="178" cy="178" rx="15" ry="9"/>
            """,
        ["board"] = """
            <rect class="t3" x="104" y="104" width="176" height="140" rx="18"/>
            <rect class="t3" x="272" y="152" width="62" height="40" rx="16"/><circle class="t0" cx="314" cy="172" r="9"/>
            <path class="s1 thin" d="M124 124h136v100H124z"/>
            <path class="s4 thin" d="M146 150q40-14 90 0M146 174q40-14 90 0M146 198q40-14 90 0"/>
            """,
        ["knife"] = """
            <path class="t2" d="M84 190q70-70 172-66l-10 34q-90 0-150 46z"/><path class="t1" d="M250 120l78-16q14 6 8 24l-88 34z"/>
            <circle class="t4" cx="278" cy="134" r="5"/><circle class="t4" cx="306" cy="125" r="5"/>
            <path class="s4 thin" d="M112 184q60-40 128-42"/>
            """,
        ["salt"] = """
            <path class="s5" d="M246 92l34-30"/><path class="t3" d="M134 132a66 34 0 0 1 132 0z"/>
            <path class="t1" d="M124 138h152l-10 84q-4 26-30 26h-72q-26 0-30-26z"/>
            <path class="t2" d="M118 130h164v16H118z"/>
            <ellipse class="t5" cx="242" cy="98" rx="18" ry="10" transform="rotate(-40 242 98)"/>
            <path class="s4 thin" d="M150 168h100"/>
            """,
        ["tarp"] = """
            <path class="s5" d="M200 92v156M92 248L60 226M308 248l32-22"/><path class="t1" d="M200 84L76 236h124z"/>
            <path class="t2" d="M200 84l124 152H200z"/>
            <path class="t3" d="M200 150l-46 86h46z"/><path class="t5" d="M200 150l46 86h-46z"/>
            """,
        ["torch"] = """
            <path class="s2 thick" d="M104 168a96 62 0 0 1 192 0"/><path class="s1 thick" d="M104 168a96 50 0 0 0 192 0"/>
            <rect class="t5" x="152" y="158" width="96" height="66" rx="16"/>
            <circle class="t4" cx="182" cy="191" r="21"/><circle class="t3" cx="226" cy="191" r="12"/>
            <circle class="t2" cx="182" cy="191" r="10"/>
            """,
        ["mug"] = """
            <path class="s5 thick" d="M250 132h28q20 0 20 24v20q0 24-20 24h-28"/>
            <path class="t1" d="M118 104h136v118q0 26-26 26h-84q-26 0-26-26z"/><path class="t5" d="M114 98h144v14H114z"/>
            <g class="t4"><circle cx="146" cy="140" r="4"/><circle cx="182" cy="158" r="3"/><circle cx="222" cy="136" r="4"/>
            <circle cx="158" cy="190" r="4"/><circle cx="206" cy="200" r="3"/><circle cx="232" cy="180" r="3"/>
            <circle cx="140" cy="218" r="3"/><circle cx="186" cy="226" r="4"/></g>
            """,
        ["blanket"] = """
            <rect class="t1" x="104" y="186" width="192" height="62" rx="14"/>
            <rect class="t2" x="104" y="140" width="192" height="54" rx="14"/>
            <rect class="t3" x="104" y="98" width="192" height="50" rx="14"/>
            <path class="s4 thin" d="M112 112h176M112 130h176M112 158h176M112 176h176M112 210h176M112 230h176"/>
            """,
        ["puzzle"] = """
            <path class="t1" d="M96 92h100v34a18 18 0 1 1 0 36v0h-100z"/>
            <path class="t2" d="M204 92h100v74h-34a18 18 0 1 0-36 0h-30v-8a18 18 0 0 0 0-36z"/>
            <path class="t3" d="M96 172h30a18 18 0 1 1 36 0h34v76H96z"/><path class="t5" d="M204 172h30a18 18 0 0 0 36 0h34v76H204z"/>
            """,
        ["kite"] = """
            <path class="t1" d="M206 56l-66 62 66 96z"/><path class="t3" d="M206 56l66 62-66 96z"/>
            <path class="s4 thin" d="M206 58v154M142 118h128"/>
            <path class="s5 thin" d="M206 214q-44 18-22 34t-44 10"/><path class="t2" d="M172 230l20 4-10 14zM146 244l-4 20 20-8z"/>
            """,
        ["chess"] = """
            <path class="t1" d="M92 220h216v28H92z"/><path class="t2" d="M92 206h216v16H92z"/>
            <path class="t4" d="M150 206h60l-10-76h-40z"/><path class="t3" d="M158 150h44l2 18h-48zM154 182h52l2 18h-56z"/>
            <path class="t4" d="M160 110h40v22h-40z"/><path class="t5" d="M156 102l24-20 24 20z"/>
            <path class="t5" d="M236 206h52l-10-26q12-46-22-58l-6 14q-12 6-12 22l14 4z"/>
            """,
        ["planetarium"] = """
            <path class="t5" d="M92 222a108 124 0 0 1 216 0z"/><path class="s2 thin" d="M128 216a72 108 0 0 1 144 0M200 100v116"/>
            <path class="t1" d="M84 222h232v24H84z"/>
            <g class="t4"><circle cx="150" cy="150" r="5"/><circle cx="176" cy="182" r="4"/><circle cx="222" cy="138" r="6"/>
            <circle cx="252" cy="186" r="5"/><circle cx="208" cy="176" r="3"/><circle cx="130" cy="194" r="3"/></g>
            <circle class="t3" cx="234" cy="160" r="9"/>
            """,
        ["parcel"] = """
            <path class="t3" d="M104 126h192v122H104z"/><path class="t2" d="M104 126l28-36h136l28 36z"/>
            <path class="t1" d="M184 90h32l4 36h-40z"/><path class="t4" d="M180 126h40v34l-20-12-20 12z"/>
            <path class="s1 thin" d="M126 224h44"/>
            """,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> _categories = new Dictionary<string, string>
    {
        ["bags"] = "tote",
        ["coffee"] = "dripper",
        ["desk"] = "lamp",
        ["kitchen"] = "board",
        ["outdoors"] = "tarp",
        ["play"] = "kite",
    }.ToFrozenDictionary();

    /// <summary>Returns the drawing of the word that ends nearest to the end of the name, that of the category, or a parcel.</summary>
    public static MarkupString Find(string name, string category)
    {
        var word = _drawings.Keys
            .Select(word => (Word: word, Index: name.LastIndexOf(word, StringComparison.OrdinalIgnoreCase)))
            .Where(match => match.Index >= 0)
            .OrderByDescending(match => match.Index)
            .Select(match => match.Word)
            .FirstOrDefault();
        return new MarkupString(Shadow + _drawings[word ?? _categories.GetValueOrDefault(category, "parcel")]);
    }
}
